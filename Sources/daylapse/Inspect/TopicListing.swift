import Records
import TopicLog

/// What `daylapse topics` shows of the topics in a folder.
struct TopicListing {
  struct Entry {
    var name: String
    /// The name that `topic.json` has, where it is another one.
    var otherName: String?
    var messageCount: Int
    var byteCount: Int
    var segmentCount: Int
    var first: EventTime?
    var last: EventTime?
    var state: String
    var problem: String?
    var run: String?
  }

  private(set) var entries: [Entry] = []
  /// Topics of the catalogue that are not there.
  let missing: [TopicSchema]

  init(_ folder: TopicFolder) throws {
    let names = try folder.exists ? folder.names() : []
    missing = TopicCatalogue.all.filter { !names.contains($0.topic) }
    entries = try names.map { name in
      do {
        return try TopicListing.entry(name, in: folder)
      } catch let error as TopicLogError {
        return Entry(
          name: name, messageCount: 0, byteCount: 0, segmentCount: 0, state: "unreadable", problem: "\(error)")
      }
    }
  }

  private static func entry(_ name: String, in folder: TopicFolder) throws -> Entry {
    let topic = try InspectedTopic(name, in: folder)
    let outline = topic.outline
    let identity = outline.identity
    var entry = Entry(
      name: name, otherName: identity.flatMap { $0.name == name ? nil : $0.name },
      messageCount: outline.nextOffset - outline.firstOffset, byteCount: outline.byteCount,
      segmentCount: outline.segments.count, state: topic.state, problem: outline.problem.map { "\($0)" },
      run: identity?.run)
    if topic.hasTimes, outline.problem == nil {
      do {
        let reader = try topic.reader()
        entry.first = try firstTime(of: reader, topic.timeOf)
        entry.last = try reader.watermark
      } catch {
        entry.state = "damaged"
        entry.problem = "\(error)"
      }
    }
    return entry
  }

  /// The first event time that can be read, within the first megabyte.
  private static func firstTime(of reader: TopicReader, _ timeOf: LineTime) throws -> EventTime? {
    var offset = reader.firstOffset
    for _ in 0..<16 {
      guard let slice = try reader.slice(from: offset, maxBytes: 1 << 16) else { return nil }
      var found: EventTime?
      slice.withBytes { lines in
        lines.forEachLine { line in
          if found == nil { found = timeOf(line) }
        }
      }
      if let found { return found }
      offset = slice.endOffset
    }
    return nil
  }

  /// A line each; those that are not there yet come last.
  var lines: [String] {
    let width = (entries.map(\.name) + missing.map(\.topic)).map(\.count).max() ?? 0
    var lines: [String] = []
    if !entries.isEmpty {
      lines.append(
        "topic".padded(to: width) + "messages".aligned(to: 13) + "bytes".aligned(to: 11) + "files".aligned(to: 7)
          + "  " + "first event".padded(to: 21) + "last event".padded(to: 21) + "state")
    }
    for entry in entries {
      var line = entry.name.padded(to: width) + Figures.grouped(entry.messageCount).aligned(to: 13)
      line += Figures.bytes(entry.byteCount).aligned(to: 11) + Figures.grouped(entry.segmentCount).aligned(to: 7) + "  "
      line += TopicListing.text(entry.first).padded(to: 21) + TopicListing.text(entry.last).padded(to: 21) + entry.state
      if let other = entry.otherName { line += " (\(other))" }
      lines.append(line)
    }
    for schema in missing { lines.append(schema.topic.padded(to: width) + "  not there yet: \(schema.title)") }
    for entry in entries {
      if let problem = entry.problem { lines.append("\(entry.name): \(problem)") }
    }
    return lines
  }

  private static func text(_ time: EventTime?) -> String { time.map { "\($0)" } ?? "-" }

  var json: JSONValue {
    let present = entries.map { entry in
      JSONMembers.build {
        $0.add("topic", entry.name)
        $0.add("present", true)
        $0.add("name", entry.otherName ?? entry.name)
        $0.add("state", entry.state.replacing(" ", with: "_"))
        $0.add("run", entry.run)
        $0.add("messages", entry.messageCount)
        $0.add("bytes", entry.byteCount)
        $0.add("segments", entry.segmentCount)
        $0.add("first_time", entry.first?.description)
        $0.add("last_time", entry.last?.description)
        $0.add("problem", entry.problem)
      }
    }
    let absent = missing.map { schema in
      JSONMembers.build {
        $0.add("topic", schema.topic)
        $0.add("present", false)
      }
    }
    return .object([.init("topics", .array(present + absent))])
  }
}
