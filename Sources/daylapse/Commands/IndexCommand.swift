import ArgumentParser
import Records
import TopicLog

struct IndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Makes the indexes of topics anew, from the messages as they are now.",
    discussion: """
        daylapse index events.raw

      An index has the checksums of its file: where one differs, the messages are taken as they are, if they are messages.
      So look with "daylapse verify" first. Where messages are missing, nothing is touched.
      """)

  @Argument(help: ArgumentHelp("Topics to index.", valueName: "topic"), completion: .topics)
  var names: [String]
  @OptionGroup var topics: TopicArguments
  @Flag(help: "Prints one JSON document.")
  var json = false

  mutating func validate() throws { names = try topics.take(names) }

  func run() throws {
    StopSignal.catchSignals()
    let line = ProgressLine()
    defer { line.clear() }
    let folder = topics.folder
    var documents: [JSONValue] = []
    for name in try folder.require(names) {
      let topic = try InspectedTopic(name, in: folder)
      try StopSignal.check()
      line.show("indexing \(name)")
      let renewals = try TopicIndex.renew(directory: topic.directory, timeOf: topic.timeOf, defectOf: topic.defect)
      line.clear()
      if json {
        documents.append(IndexCommand.json(name, renewals))
      } else {
        for text in IndexCommand.lines(topic, renewals) { Terminal.write(text) }
      }
    }
    if json { Terminal.write(JSONValue.object([.init("topics", .array(documents))])) }
  }

  private static func lines(_ topic: InspectedTopic, _ renewals: [TopicIndex.Renewal]) -> [String] {
    func count(_ kind: TopicIndex.Renewal.Kind) -> Int { renewals.count { $0.kind == kind } }
    let made = renewals.count - count(.stray)
    var lines = [
      "\(topic.directory)  \(Figures.grouped(made)) \(made == 1 ? "index" : "indexes") made anew: "
        + "\(count(.missing)) missing, \(count(.differed)) differed, \(count(.sound)) sound before"
    ]
    for renewal in renewals {
      switch renewal.kind {
      case .sound: break
      case .missing: lines.append("  \(renewal.path) was missing")
      case .differed:
        lines.append("  \(renewal.path) differed: expected \(renewal.expected ?? ""), found \(renewal.actual ?? "")")
      case .stray: lines.append("  \(renewal.path) was removed: there is no such file of messages")
      }
    }
    return lines
  }

  private static func json(_ name: String, _ renewals: [TopicIndex.Renewal]) -> JSONValue {
    let files = renewals.map { renewal in
      JSONMembers.build {
        $0.add("file", renewal.path)
        $0.add("state", renewal.kind.rawValue)
        $0.add("expected", renewal.expected)
        $0.add("actual", renewal.actual)
      }
    }
    return ["topic": .string(name), "indexes": .array(files)]
  }
}
