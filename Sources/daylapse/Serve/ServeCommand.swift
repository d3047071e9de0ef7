import ArgumentParser
import TopicStream
import ZeroMQ

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answers for topics whose run is over, so that late consumers get everything.",
    usage: "daylapse serve [<topics> ...] [<options>]",
    discussion: """
      All topics of a folder, until Ctrl-C:

        daylapse serve

      Elsewhere, or later:

        daylapse tail events.clean --publisher tcp://127.0.0.1:5550

      A topic whose run was interrupted ends where it is.
      """)

  @Argument(help: "The topics. [default: all in the folder]", completion: .topics)
  var topics: [String] = []
  @Option(help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"))
  var topicsDir = "topics"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Data port; the service port is the next one. 0 takes free ones.", valueName: "port"))
  var basePort = 5550
  @OptionGroup var binding: BindArguments
  @OptionGroup var keys: KeyArguments
  @Flag(help: "Tells nothing of who comes and what is served.")
  var quiet = false

  mutating func validate() throws {
    let named = try NamedTopics(topics, in: topicsDir)
    (topics, topicsDir) = (named.names, named.folder)
    try FolderArguments.check("--topics-dir", topicsDir)
    guard basePort == 0 || (1...65_534).contains(basePort) else {
      throw ValidationError("--base-port is \(basePort), but must be 0 or from 1 to 65534")
    }
    for (index, topic) in topics.enumerated() where topics[..<index].contains(topic) {
      throw ValidationError("\(topic) is given twice")
    }
    try binding.check(hasKey: keys.curveKey != nil)
  }

  func run() throws {
    StopSignal.catchSignals()
    let context = try Context()
    defer { context.terminate() }
    do { try ServeJob(command: self, context: context).perform() } catch is Interrupted {
      // Ctrl-C is how this command ends: nothing is lost that one would have to be told of
      if Terminal.isInteractive { Terminal.writeError("") }
      Terminal.exit(130)
    }
  }
}
