import BatchCheck
import OutputFiles
import Records
import TopicLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Holds the three CSV files of `DATA/processed` against a plain batch computation from the raw topics.
struct TablesAudit {
  let directory: String
  let findingLimit: Int
  private(set) var reports: [TableReport] = []
  /// Of each table only the first are kept.
  private(set) var findings = Findings(limit: .max)
  private(set) var notes: [String] = []

  private static let names = ["users_clean.csv", "events_clean.csv", "user_daily.csv"]

  init(directory: String, findingLimit: Int) {
    self.directory = directory
    self.findingLimit = findingLimit
  }

  /// The files that are there: plain, or with `.gz` where there is no plain one.
  private var paths: [String?] {
    TablesAudit.names.map { name in
      ["\(directory)/\(name)", "\(directory)/\(name).gz"].first { access($0, F_OK) == 0 }
    }
  }

  /// Whether there is anything to compare, and nobody is replacing it.
  var hasTables: Bool { paths.contains { $0 != nil } }

  var isBeingWritten: Bool {
    access(directory + "/.claimed.json", F_OK) == 0 && access(directory + "/manifest.json", F_OK) != 0
  }

  /// Compares.
  ///
  /// - Parameters:
  ///   - users, events: The raw topics, complete.
  ///   - isStrict: Whether events of unknown types were rejected.
  ///   - maxDays: How many days the grid may span, where that is known.
  ///   - show: Hears what is being done; may throw to give up.
  mutating func compare(
    users: InspectedTopic, events: InspectedTopic, isStrict: Bool, maxDays: Int?,
    show: @escaping (String) throws -> Void
  ) throws {
    var batch = PlainBatch(isStrict: isStrict)
    try TablesAudit.forEachMessage(of: users, show) { batch.addUser($0) }
    try TablesAudit.forEachMessage(of: events, show) { batch.addEvent($0) }
    if let maxDays, batch.dayCount > maxDays {
      findings.add(
        Finding(
          "count", path: directory, expected: "at most \(maxDays) days", actual: "\(batch.dayCount) from the raw topics"
        ))
    }
    let comparison = PlainBatch.Comparison(differenceLimit: findingLimit) { rows in
      try show("comparing the tables  \(Figures.grouped(rows)) rows")
    }
    let paths = paths
    if let path = paths[0] { try add(batch.compareUsers(path, comparison)) }
    if let path = paths[1] { try add(batch.compareEvents(path, comparison)) }
    if let path = paths[2] { try add(batch.compareUserDays(path, comparison)) }
    for (name, path) in zip(TablesAudit.names, paths) where path == nil {
      findings.add(Finding("missing", path: "\(directory)/\(name)", expected: "the table", actual: "no such file"))
    }
  }

  private mutating func add(_ report: TableReport) throws {
    reports.append(report)
    findings.add(report.differences.map { Finding($0, path: report.path) }, count: report.differenceCount)
  }

  /// Holds the manifest against the files, and says where it belongs to other topics than those that are there.
  ///
  /// - Parameter runs: Those of `users.clean`, `events.clean` and `user.daily`, as far as they are there.
  mutating func checkManifest(runs: [String]) throws {
    let path = directory + "/manifest.json"
    guard access(path, F_OK) == 0 else { return }
    guard let manifest = try? JSONValue(parsing: readSmallFile(path)), let files = manifest["files"]?.arrayValue else {
      return findings.add(Finding("manifest", path: path, expected: "a list of files", actual: "something else"))
    }
    for file in files {
      guard let name = file["name"]?.stringValue, let digest = file["sha256"]?.stringValue, TopicFolder.isName(name)
      else { continue }
      let listed = "\(directory)/\(name)"
      guard access(listed, F_OK) == 0 else {
        findings.add(
          Finding("manifest", path: listed, expected: "the file that manifest.json lists", actual: "no such file"))
        continue
      }
      let actual = try FileDigest.sha256(path: listed)
      if actual != digest {
        findings.add(
          Finding("manifest", path: listed, expected: "SHA-256 \(digest), as manifest.json says", actual: actual))
      }
    }
    if runs.count == 3, let run = manifest["run"]?.stringValue, run != StableDigest.hexadecimal(runs) {
      notes.append("\(directory) was written by another run than the topics that are there now")
    }
  }

  private static func forEachMessage(
    of topic: InspectedTopic, _ show: (String) throws -> Void, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let reader = try topic.reader()
    var offset = reader.firstOffset
    while let slice = try reader.slice(from: offset, maxBytes: 1 << 18) {
      slice.withBytes { lines in lines.forEachLine(body) }
      offset = slice.endOffset
      try show("computing from \(topic.name)  \(Figures.percent(offset, of: reader.nextOffset))")
    }
  }
}
