import ArgumentParser
import Records
import TopicLog

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Says what lies in a topic: offsets, times, files, messages per day.",
    usage: "daylapse info <topic> ... [<options>]",
    discussion: """
      daylapse info events.raw

      Every file of two topics, for a program:

        daylapse info events.clean user.daily --json
      """)

  @Argument(help: ArgumentHelp("Topics to look at.", valueName: "topic"), completion: .topics)
  var names: [String]
  @OptionGroup var topics: TopicArguments
  @OptionGroup var times: TimeFieldArguments
  @Flag(help: "Lists all files of a topic, however many they are.")
  var segments = false
  @Flag(help: "Prints one JSON document.")
  var json = false

  mutating func validate() throws {
    names = try topics.take(names)
    try times.check(topics: names)
  }

  func run() throws {
    let folder = topics.folder
    let line = ProgressLine()
    var documents: [JSONValue] = []
    var hasProblem = false
    for (position, name) in try folder.require(names).enumerated() {
      let info = try TopicInfo(InspectedTopic(name, in: folder, given: times.given)) { done, all in
        line.show("reading \(name)  \(Figures.percent(done, of: all))")
      }
      line.clear()
      if let guess = info.topic.times.guess { Terminal.writeError("daylapse: \(guess)") }
      hasProblem = hasProblem || info.problem != nil
      if json {
        documents.append(info.json)
      } else {
        if position > 0 { Terminal.write("") }
        for line in info.lines(showsAll: segments, width: StandardOutput.screen?.columns ?? 80) { Terminal.write(line) }
      }
    }
    if json { Terminal.write(JSONValue.object([.init("topics", .array(documents))])) }
    if hasProblem { throw ExitCode(1) }
  }
}
