import CSVText
import OutputFiles
import Records
import TopicLog

/// Writes a topic as a CSV file. For the raw topics that is the inverse of ``ImportJob``: imported again, the file gives
/// the very same messages.
public struct ExportJob {
  public struct Result: Sendable {
    public var topic: String
    public var rowCount: Int
    public var file: OutputFileSummary
    public var columns: [String]
    /// Messages that the file does not give back as they were, and the first of them: only those that `import` would
    /// not have written, or whose place `import` would change.
    public var changedCount = 0
    public var firstChanged: ExportError?
  }

  public var topic: String
  /// The topic's directory.
  public var directory: String
  public var outputPath: String
  public var isCompressed: Bool
  /// Hears of messages that were gone through, of so many; may throw to give up.
  public var onProgress: (_ done: Int, _ all: Int) throws -> Void = { _, _ in }

  private let raw: RawTopic?
  private let schema: TopicSchema

  /// - Parameter topic: The topic's name, as in the catalogue.
  public init(topic: String, directory: String, outputPath: String, isCompressed: Bool) {
    self.topic = topic
    self.directory = directory
    self.outputPath = outputPath
    self.isCompressed = isCompressed
    raw = RawTopic(rawValue: topic)
    schema = TopicCatalogue.schema(of: topic)
  }

  /// Exports what the topic has now. Goes through it twice, and through the file of a raw topic once.
  ///
  /// - Throws: ``ExportError`` where a message is no object; what reading and writing throw.
  public func perform() throws -> Result {
    let reader = try TopicReader(directory: directory, timeOf: schema.timeOf)
    let all = reader.firstOffset..<reader.nextOffset
    let passes = raw == nil ? 2 : 3
    var survey = ExportSurvey(raw: raw, schema: schema)
    try forEachMessage(of: reader, in: all) { line, offset in
      let message = try parse(line, at: offset)
      survey.add(message, at: offset, time: raw == nil ? nil : schema.timeOf(line))
      try report(offset - all.lowerBound, all.count * passes)
    }
    survey.finish(end: all.upperBound)

    let output = try OutputFile(path: outputPath, compressed: isCompressed)
    var ranges = [all]
    if let group = survey.lastGroup {
      ranges = [all.lowerBound..<group.lowerBound, group.upperBound..<all.upperBound, group]
    }
    do {
      var writer = ExportRowWriter(columns: survey.columns, isRaw: raw != nil, output: output)
      try writer.writeHeader()
      for range in ranges {
        try forEachMessage(of: reader, in: range) { line, offset in
          try writer.writeRow(try parse(line, at: offset))
          try report(all.count + offset - all.lowerBound, all.count * passes)
        }
      }
      writer.finish()
      var result = Result(
        topic: topic, rowCount: all.count, file: try output.finish(), columns: survey.columns)
      if let raw { try readBack(raw, reader, ranges, into: &result) }
      return result
    } catch {
      output.discard()
      throw error
    }
  }

  /// Reads the file as `import` does and holds its messages against the topic's.
  private func readBack(
    _ raw: RawTopic, _ reader: TopicReader, _ ranges: [Range<Int>], into result: inout Result
  ) throws {
    let table = try RawTable(path: outputPath, topic: raw)
    let count = result.rowCount
    let message = ByteBuffer()
    let rows = try RawRows(table)
    var highest: EventTime?
    for range in ranges {
      try forEachMessage(of: reader, in: range) { line, offset in
        message.removeAll()
        let hasRow = try rows.next(into: message)
        let isSame = hasRow && isSameMessage(message.bytes.dropLast(), line)
        let time = ranges.count == 1 ? schema.timeOf(line) : nil
        let isLate = raw == .events && time.map { $0 < highest ?? $0 } ?? false
        highest = time.map { max($0, highest ?? $0) } ?? highest
        if !isSame || isLate {
          result.changedCount += 1
          let problem =
            isSame
            ? "it comes after a later one: import puts events in the order of their time"
            : "a CSV file cannot give it back as it is: \(String(decoding: line.prefix(120), as: UTF8.self))"
          result.firstChanged = result.firstChanged ?? ExportError(topic: topic, offset: offset, problem: problem)
        }
        try report(2 * count + offset, 3 * count)
      }
    }
    message.removeAll()
    if try rows.next(into: message), result.firstChanged == nil {
      result.changedCount += 1
      result.firstChanged = ExportError(topic: topic, offset: reader.nextOffset, problem: "the file has more rows")
    }
  }

  /// Whether two messages are the same, but for where a row that could not be taken apart lay in its file.
  private func isSameMessage(_ written: Slice<UnsafeRawBufferPointer>, _ line: UnsafeRawBufferPointer) -> Bool {
    if written.elementsEqual(line) { return true }
    guard let first = (try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: written))).flatMap({ BrokenRow($0) }),
      let second = (try? JSONValue(parsing: line)).flatMap({ BrokenRow($0) })
    else { return false }
    return first.row == second.row && first.part == second.part
  }

  private func parse(_ line: UnsafeRawBufferPointer, at offset: Int) throws -> JSONValue {
    let message: JSONValue
    do {
      message = try JSONValue(parsing: line)
    } catch {
      throw ExportError(topic: topic, offset: offset, problem: "\(error)")
    }
    switch message {
    case .object: return message
    case .string where raw != nil: return message
    default:
      throw ExportError(topic: topic, offset: offset, problem: "expected an object with fields, found \(message)")
    }
  }

  private func forEachMessage(
    of reader: TopicReader, in range: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    var offset = range.lowerBound
    while offset < range.upperBound,
      let slice = try reader.slice(from: offset, maxBytes: 1 << 18, before: range.upperBound)
    {
      try slice.withBytes { lines in
        try lines.forEachLine { line in
          try body(line, offset)
          offset += 1
        }
      }
    }
  }

  private func report(_ done: Int, _ all: Int) throws {
    if done % 16_384 == 0 { try onProgress(done, all) }
  }
}
