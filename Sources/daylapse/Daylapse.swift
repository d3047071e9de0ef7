import ArgumentParser

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
    do {
      parsed = try parseAsRoot()
      try parsed?.run()
    } catch let error as Interrupted {
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
}
