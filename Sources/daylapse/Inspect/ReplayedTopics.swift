import Records

/// Which raw topics the producer replayed last, by its own record: what the clean topics were made from.
struct ReplayedTopics {
  /// The run that consumers saw.
  var run: String
  /// The run that each raw topic was of then; empty for one that was made by hand.
  var sources: [String: String]

  init(run: String, sources: [String: String]) {
    self.run = run
    self.sources = sources
  }

  /// Reads the record in a folder of what is remembered between runs; nothing where there is none that can be read.
  init?(stateDirectory: String) {
    guard let content = try? readSmallFile(stateDirectory + "/producer.checkpoint"),
      let line = content.split(separator: UInt8(ascii: "\n")).first, let json = try? JSONValue(parsing: Array(line)),
      let run = json["run"]?.stringValue, case .object(let members) = json["state"]?["sources"]
    else { return nil }
    self.run = run
    sources = Dictionary(members.map { ($0.name, $0.value.stringValue ?? "") }, uniquingKeysWith: { $1 })
  }
}
