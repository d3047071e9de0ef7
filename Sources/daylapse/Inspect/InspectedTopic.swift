import Records
import TopicLog

/// A topic in a folder, with what is known of its messages.
struct InspectedTopic {
  /// The folder's name.
  let name: String
  let directory: String
  let outline: TopicOutline
  /// Of the topic's own name: a copy in another folder has the schema of its original.
  let schema: TopicSchema
  /// Where its messages say when something happened: as the catalogue has it, otherwise as the first messages look.
  let timeField: EventTimeField?

  init(_ name: String, in folder: TopicFolder) throws {
    self.name = name
    directory = folder.directory(of: name)
    outline = try TopicOutline(directory: directory)
    schema = TopicCatalogue.schema(of: outline.identity?.name ?? name)
    timeField = schema.fields.isEmpty ? InspectedTopic.guess(directory) : schema.timeField
  }

  /// Whether the catalogue knows what the messages hold.
  var hasSchema: Bool { !schema.fields.isEmpty }

  var timeOf: LineTime {
    guard let timeField else { return { _ in nil } }
    return { timeField.read($0) }
  }

  /// In a word: `complete`, `open`, `by hand` or `damaged`.
  var state: String {
    if outline.problem != nil { return "damaged" }
    if outline.isMadeByHand { return "by hand" }
    return outline.isSealed ? "complete" : "open"
  }

  func reader() throws -> TopicReader { try TopicReader(directory: directory, timeOf: timeOf) }

  /// Why a line is no message of this topic; nothing where it is one.
  func defect(of line: UnsafeRawBufferPointer) -> String? {
    schema.check(line).problem.map { "not a message: expected \($0.expected), found \($0.actual)" }
  }

  /// The file that has the message at `offset`.
  func path(of offset: Int) -> String {
    outline.segments.last { $0.first <= offset }?.path ?? directory
  }

  private static func guess(_ directory: String) -> EventTimeField? {
    for field in [EventTimeField.eventTime, .asOfDate] {
      guard let reader = try? TopicReader(directory: directory, timeOf: { field.read($0) }),
        let slice = try? reader.slice(from: reader.firstOffset, maxBytes: 1 << 14)
      else { return nil }
      var isFound = false
      slice.withBytes { lines in lines.forEachLine { isFound = isFound || field.read($0) != nil } }
      if isFound { return field }
    }
    return nil
  }
}
