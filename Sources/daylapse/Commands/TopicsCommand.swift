import ArgumentParser
import Records

struct TopicsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topics",
    abstract: "Lists the topics in the folder, or shows the schema of one.",
    discussion: """
      What is there, with messages, bytes and times, and what the topology has besides:

        daylapse topics

      The contract of a topic, as JSON Schema:

        daylapse topics events.clean
      """)

  @Argument(help: "Shows the JSON Schema of this topic.", completion: .topics)
  var topic: String?
  @OptionGroup var topics: TopicArguments
  @Flag(help: "Lists the topics of the topology and what their messages are, whatever is in the folder.")
  var catalogue = false
  @Flag(help: "Prints one JSON document.")
  var json = false

  mutating func validate() throws { topic = try topic.map { try NamedTopics([$0], in: topics.topicsDir).names[0] } }

  func run() throws {
    if let topic { return try showSchema(of: topic) }
    if catalogue { return listCatalogue() }
    let folder = topics.folder
    let listing = try TopicListing(folder)
    if json {
      Terminal.write(listing.json)
    } else {
      for line in listing.lines { Terminal.write(line) }
    }
    if try !folder.exists { Terminal.writeError("daylapse: there is no folder \(folder.path) yet") }
    if listing.entries.contains(where: { $0.problem != nil }) { throw ExitCode(1) }
  }

  private func showSchema(of topic: String) throws {
    let names = TopicCatalogue.all.map(\.topic)
    guard let schema = TopicCatalogue.all.first(where: { $0.topic == topic }) else {
      let question = Suggestion.question(for: topic, among: names)
      throw CommandError(
        "there is no topic \"\(topic)\" in the topology\(question); it has \(names.joined(separator: ", "))")
    }
    Terminal.write(schema.json)
  }

  private func listCatalogue() {
    if json {
      let list: [JSONValue] = TopicCatalogue.all.map { ["topic": .string($0.topic), "title": .string($0.title)] }
      return Terminal.write(JSONValue.object([.init("topics", .array(list))]))
    }
    for schema in TopicCatalogue.all { Terminal.write("\(schema.topic.padded(to: 16)) \(schema.title)") }
  }
}
