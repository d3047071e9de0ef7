import ArgumentParser
import Records

struct RecoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Makes a usable topic of a damaged one, and says what was lost.",
    usage: "daylapse recover <topic> ... [<options>]",
    discussion: """
      What is sound up to the first damage, as a new topic topics/events.raw.recovered:

        daylapse recover events.raw

      All that is sound, under new offsets, in the topic's own place; the original is kept as topics/events.raw.damaged-1:

        daylapse recover events.raw --skip-damaged --in-place
      """)

  @Argument(help: ArgumentHelp("Topics to recover.", valueName: "topic"), completion: .topics)
  var names: [String]
  @OptionGroup var topics: TopicArguments
  @Option(
    help: ArgumentHelp(
      "Folder that gets a folder for each new topic. [default: TOPIC.recovered beside the topic]", valueName: "dir"))
  var output: String?
  @Flag(help: "Puts the new topic in the old one's place, which becomes TOPIC.damaged-N.")
  var inPlace = false
  @Flag(help: "Goes on behind damage: what follows gets new offsets.")
  var skipDamaged = false
  @Flag(help: "Prints one JSON document.")
  var json = false

  mutating func validate() throws {
    names = try topics.take(names)
    if let output { try FolderArguments.check("--output", output) }
    if output != nil, inPlace { throw ValidationError("--output and --in-place exclude each other: choose one") }
  }

  func run() throws {
    StopSignal.catchSignals()
    let line = ProgressLine()
    defer { line.clear() }
    let folder = topics.folder
    var documents: [JSONValue] = []
    for name in try folder.require(names) {
      let topic = try InspectedTopic(name, in: folder)
      let destination: RecoverJob.Destination =
        inPlace ? .inPlace : .folder(output.map { "\($0)/\(name)" } ?? "\(topic.directory).recovered")
      let job = RecoverJob(topic: topic, destination: destination, skipsDamage: skipDamaged, line: line)
      let report = try job.perform()
      line.clear()
      if json {
        documents.append(report?.json ?? ["topic": .string(name), "sound": true])
      } else if let report {
        for text in report.lines { Terminal.write(text) }
      } else {
        Terminal.write("\(topic.directory) is sound: there is nothing to recover")
      }
    }
    if json { Terminal.write(JSONValue.object([.init("topics", .array(documents))])) }
  }
}
