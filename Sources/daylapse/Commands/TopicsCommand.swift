import ArgumentParser
import Records

struct TopicsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "topics",
    abstract: "Lists the topics of the topology, or shows the schema of one.",
    discussion: "  daylapse topics\n  daylapse topics events.clean")

  @Argument(help: "Shows the JSON Schema of this topic.", completion: .list(TopicCatalogue.all.map(\.topic)))
  var topic: String?

  func run() throws {
    guard let topic else {
      for schema in TopicCatalogue.all { Terminal.write("\(schema.topic.padded(to: 16)) \(schema.title)") }
      return
    }
    guard let schema = TopicCatalogue.all.first(where: { $0.topic == topic }) else {
      let names = TopicCatalogue.all.map(\.topic).joined(separator: ", ")
      throw CommandError("there is no topic \"\(topic)\" in the topology; it has \(names)")
    }
    Terminal.write(schema.json.description)
  }
}
