import ArgumentParser
import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A command that goes on where it was when it is given again.
protocol ResumableCommand: ParsableCommand {}

@main
struct Daylapse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "daylapse",
    abstract: "Replays days of user activity as a live ZeroMQ stream.",
    discussion: """
      The main job, from nothing to three CSV files:

        daylapse run

      Your own days, a day per second, with time for your consumer to join:

        daylapse run --raw-dir my/csvs --speed 1d/s --wait-for my-consumer

      Exit codes: 0 done, 1 failed, 2 usage, 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      RunCommand.self, GenerateCommand.self, ImportCommand.self, ExportCommand.self, ProduceCommand.self,
      CleanCommand.self, AggregateCommand.self, SinkCommand.self, CtlCommand.self, TailCommand.self, RecordCommand.self,
      ServeCommand.self, TopicsCommand.self, InfoCommand.self, VerifyCommand.self, RecoverCommand.self,
      IndexCommand.self, KeygenCommand.self,
    ])

  static func main() {
    var parsed: (any ParsableCommand)?
    // a file that may not grow is an error with a name, as a full disk is, not a silent death
    signal(SIGXFSZ, SIG_IGN)
    checkCommandName()
    OpenFileLimit.raise()
    do {
      parsed = try parseAsRoot()
      try parsed?.run()
    } catch var error as Interrupted {
      if parsed is any ResumableCommand { error.hint = error.hint ?? Interrupted.goesOn }
      error.exit()
    } catch {
      let command: any ParsableCommand.Type = parsed.map { type(of: $0) } ?? Daylapse.self
      switch command.exitCode(for: error) {
      case .success: command.exit(withError: error)
      case .validationFailure:
        Terminal.writeError(command.fullMessage(for: error))
        Terminal.exit(2)
      default:
        if !(error is ExitCode) { Terminal.writeError("daylapse: \(describe(error))") }
        Terminal.exit(1)
      }
    }
  }

  /// Says what a misspelt command may have meant, which the parser takes for an argument too many.
  private static func checkCommandName() {
    guard let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-") else { return }
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !names.contains(name) else { return }
    Terminal.writeError(
      "daylapse: there is no command \"\(name)\"\(Suggestion.question(for: name, among: names))\n"
        + "  See 'daylapse --help' for more information.")
    Terminal.exit(2)
  }
}
