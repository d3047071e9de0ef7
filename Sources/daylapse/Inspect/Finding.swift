import BatchCheck
import Records
import TopicLog

/// Something that `daylapse verify` found not to be as it should: what, where, and what it should be.
struct Finding: Equatable {
  /// The kind, as `--json` names it.
  var kind: String
  var topic: String?
  /// The file concerned.
  var path: String
  /// The offset of the first message concerned, and the one behind the last.
  var offsets: Range<Int>?
  /// In a table: the row counted from 1, what it is about, and the column.
  var row: Int?
  var about: String?
  var column: String?
  var expected: String
  var actual: String

  init(
    _ kind: String, topic: String? = nil, path: String, offsets: Range<Int>? = nil, expected: String, actual: String
  ) {
    self.kind = kind
    self.topic = topic
    self.path = path
    self.offsets = offsets
    self.expected = expected
    self.actual = actual
  }

  /// Of something that is there and cannot be read.
  static func unreadable(_ path: String, topic: String? = nil, _ error: any Error) -> Finding {
    guard let error = error as? TopicLogError else {
      return Finding("unreadable", topic: topic, path: path, expected: "a file that can be read", actual: "\(error)")
    }
    return Finding(
      "unreadable", topic: topic, path: error.path, offsets: error.offset.map { $0..<($0 + 1) },
      expected: error.expected ?? "a topic that can be read", actual: error.actual ?? "\(error)")
  }

  /// Of the files of a topic.
  init(_ finding: VerificationFinding, topic: String) {
    self.init(
      Finding.name(of: finding.kind), topic: topic, path: finding.path, offsets: finding.offsets,
      expected: finding.expected, actual: finding.actual)
  }

  /// Of a table.
  init(_ difference: TableDifference, path: String) {
    self.init(
      difference.row == 0 ? "header" : difference.column == nil ? "row" : "cell", path: path,
      expected: difference.expected, actual: difference.found)
    row = difference.row
    about = difference.about
    column = difference.column
  }

  private static func name(of kind: VerificationFinding.Kind) -> String {
    switch kind {
    case .metadata: "metadata"
    case .segmentName: "segment_name"
    case .checksum: "checksum"
    case .lineCount: "line_count"
    case .unendedLine: "unended_line"
    case .index: "index"
    case .indexCoverage: "index_coverage"
    case .watermark: "watermark"
    case .seal: "seal"
    }
  }

  var text: String {
    var place = path
    if let offsets {
      place +=
        offsets.count > 1
        ? ", offsets \(offsets.lowerBound) to \(offsets.upperBound - 1)" : ", offset \(offsets.lowerBound)"
    }
    if let row, row > 0 { place += ", row \(row)" }
    if let about { place += ", \(about)" }
    if let column { place += ", \(column)" }
    return "\(place): expected \(shown(expected)), found \(shown(actual))"
  }

  private func shown(_ text: String) -> String { text.isEmpty ? "nothing" : text }

  var json: JSONValue {
    JSONMembers.build {
      $0.add("kind", kind)
      $0.add("topic", topic)
      $0.add("file", path)
      $0.add("offset", offsets?.lowerBound)
      $0.add("end", offsets?.upperBound)
      $0.add("row", row)
      $0.add("about", about)
      $0.add("column", column)
      $0.add("expected", expected)
      $0.add("actual", actual)
    }
  }
}

/// Findings, of which only the first are kept and all are counted.
struct Findings {
  let limit: Int
  private(set) var all: [Finding] = []
  private(set) var count = 0

  init(limit: Int) { self.limit = limit }

  mutating func add(_ finding: Finding) {
    count += 1
    if all.count < limit { all.append(finding) }
  }

  /// Adds findings of which some were only counted.
  mutating func add(_ findings: [Finding], count added: Int) {
    all += findings.prefix(max(0, limit - all.count))
    count += added
  }
}
