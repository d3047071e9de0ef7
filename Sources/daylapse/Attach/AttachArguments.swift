import ArgumentParser
import Records
import TopicStream
import ZeroMQ

/// Which publisher a consumer attaches to, and how.
struct AttachArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Publisher of the topics, as tcp://host:port (its service port is the next one), ipc://path, or data and service "
        + "endpoint with a comma between. [default: the topology's]", valueName: "endpoint"))
  var publisher: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "First of the topology's six ports. [default: those of the run that goes on in --data-dir, else 5550]",
      valueName: "port"))
  var basePort: Int?
  @Option(help: ArgumentHelp("Folder that daylapse run has its state in.", valueName: "dir"))
  var dataDir = "data"
  @Option(help: ArgumentHelp("Name by which a --wait-for knows this consumer.", valueName: "name"))
  var name: String?
  @OptionGroup var security: SecurityArguments

  func validate() throws {
    try FolderArguments.check("--data-dir", dataDir)
    if let name, name.isEmpty || name.utf8.count > 128 {
      throw ValidationError("--name is \(name.isEmpty ? "empty" : "longer than 128 bytes"): give a short name")
    }
    if let basePort {
      if publisher != nil {
        throw ValidationError("--publisher says where, so --base-port is of no use: leave one out")
      }
      guard (1...65_530).contains(basePort) else {
        throw ValidationError("--base-port is \(basePort), but must be from 1 to 65530")
      }
    }
    if let publisher { _ = try Upstream(publisher) }
  }

  /// - Throws: `ValidationError` for a topic that is not of the topology, unless a publisher is given.
  func check(topics: [String]) throws {
    for (index, topic) in topics.enumerated() {
      if let problem = TopicName.problem(of: topic) {
        throw ValidationError("\"\(topic)\" is no name of a topic: such a name \(problem)")
      }
      if topics[..<index].contains(topic) { throw ValidationError("\(topic) is given twice") }
      if publisher == nil, Topology.publisher(of: topic) == nil {
        throw ValidationError(
          "\"\(topic)\" is not a topic of the topology (\(Topology.allTopics.joined(separator: ", "))): say where it is "
            + "published with --publisher tcp://host:port")
      }
    }
  }

  /// Where to look for publishers.
  func directory(_ context: Context) throws -> PublisherDirectory {
    PublisherDirectory(
      context: context, given: try publisher.map { try Upstream($0) }, basePort: basePort, dataDirectory: dataDir,
      security: try security.identity())
  }
}
