import Records

/// Which topics belong together: what a stage, `generate` or `import` writes, and what that was made from.
enum Lineage {
  private struct Maker {
    /// The first word of the digest in `topic.json`.
    var name: String
    var reads: [String] = []
    var writes: [String]
  }

  private static let makers = [
    Maker(name: "generate", writes: ["users.raw", "events.raw"]),
    Maker(name: "import", writes: ["users.raw", "events.raw"]),
    Maker(
      name: "clean", reads: ["users.raw", "events.raw"],
      writes: ["users.clean", "users.rejected", "events.clean", "events.rejected"]),
    Maker(name: "aggregate", reads: ["users.clean", "events.clean"], writes: ["user.daily"]),
  ]

  /// The topics that the tables are made from.
  private static let tableSources = ["users.clean", "events.clean", "user.daily"]

  /// What is not there although something else says that it was.
  ///
  /// - Parameters:
  ///   - digests: Of the topics that are there and have one: what `topic.json` says they were made by.
  ///   - present: The names of all that are there.
  ///   - hasTables: Whether there are tables.
  /// - Returns: Each missing topic once, in the catalogue's order, and why it should be there.
  static func missing(digests: [String: String], present: Set<String>, hasTables: Bool) -> [(name: String, why: String)]
  {
    func maker(of name: String) -> Maker? {
      guard let word = digests[name]?.split(separator: " ").first else { return nil }
      return makers.first { $0.name == word && $0.writes.contains(name) }
    }
    var why: [String: String] = [:]
    for name in TopicCatalogue.all.map(\.topic) {
      guard let maker = maker(of: name) else { continue }
      for source in maker.reads where why[source] == nil { why[source] = "the topic that \(name) was made from" }
      for sibling in maker.writes where why[sibling] == nil { why[sibling] = "the topic that was written with \(name)" }
    }
    // where nothing that a stage has made is there, the tables may be all that was kept
    if hasTables, TopicCatalogue.all.contains(where: { !(maker(of: $0.topic)?.reads.isEmpty ?? true) }) {
      for source in tableSources where why[source] == nil { why[source] = "the topic that the tables were made from" }
    }
    return TopicCatalogue.all.compactMap { schema in
      present.contains(schema.topic) ? nil : why[schema.topic].map { (schema.topic, $0) }
    }
  }
}
