import BatchCheck
import CSVText
import OutputFiles
import Records
import TopicLog

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
    get throws {
      try TablesAudit.names.map { name in
        try ["\(directory)/\(name)", "\(directory)/\(name).gz"].first { try fileExists($0) }
      }
    }
  }

  private var manifestPath: String { directory + "/manifest.json" }

  /// Whether there is anything to compare: tables, or a manifest that lists some.
  var hasTables: Bool { get throws { try fileExists(manifestPath) || paths.contains { $0 != nil } } }

  /// Whether a run is replacing the tables, or was interrupted while it did.
  var isBeingWritten: Bool {
    get throws { try fileExists(directory + "/.claimed.json") && !fileExists(manifestPath) }
  }

  /// Compares.
  ///
  /// - Parameters:
  ///   - users, events: The raw topics, complete.
  ///   - offsets: The events that were replayed; all where nothing is given.
  ///   - isStrict: Whether events of unknown types were rejected.
  ///   - maxDays: How many days the grid may span, where that is known.
  ///   - show: Hears what is being done; may throw to give up.
  mutating func compare(
    users: InspectedTopic, events: InspectedTopic, offsets: Range<Int>? = nil, isStrict: Bool, maxDays: Int?,
    show: @escaping (String) throws -> Void
  ) throws {
    var batch = PlainBatch(isStrict: isStrict)
    try TablesAudit.forEachMessage(of: users, show) { batch.addUser($0) }
    try TablesAudit.forEachMessage(of: events, in: offsets, show) { batch.addEvent($0) }
    if let maxDays, batch.dayCount > maxDays {
      findings.add(
        Finding(
          "count", path: directory, expected: "at most \(Figures.count(maxDays, "day"))",
          actual: "\(batch.dayCount) from the raw topics"
        ))
    }
    let comparison = PlainBatch.Comparison(differenceLimit: findingLimit) { rows in
      try show("comparing the tables  \(Figures.count(rows, "row"))")
    }
    let paths = try paths
    if let path = paths[0] { try add(path) { try batch.compareUsers(path, comparison) } }
    if let path = paths[1] { try add(path) { try batch.compareEvents(path, comparison) } }
    if let path = paths[2] { try add(path) { try batch.compareUserDays(path, comparison) } }
    for (name, path) in zip(TablesAudit.names, paths) where path == nil {
      findings.add(Finding("missing", path: "\(directory)/\(name)", expected: "the table", actual: "no such file"))
    }
  }

  /// Adds what a comparison gives; a table that cannot be read is a finding as well.
  private mutating func add(_ path: String, _ compare: () throws -> TableReport) throws {
    let report: TableReport
    do {
      try TablesAudit.checkKind(path)
      report = try compare()
    } catch let error as CommandError {
      return findings.add(.unreadable(path, error))
    } catch let error as ByteSourceError {
      return findings.add(.unreadable(path, error))
    }
    reports.append(report)
    findings.add(report.differences.map { Finding($0, path: report.path) }, count: report.differenceCount)
  }

  /// Refuses what is no regular file: reading a pipe would wait for ever.
  private static func checkKind(_ path: String) throws {
    guard try !isRegularFile(path) else { return }
    throw CommandError("\(path) is no regular file: move it away")
  }

  /// Holds the manifest against the files, and says where it belongs to other topics than those that are there.
  ///
  /// - Parameter runs: Those of `users.clean`, `events.clean` and `user.daily`, as far as they are there.
  mutating func checkManifest(runs: [String]) throws {
    let path = manifestPath
    let content: [UInt8]
    do {
      guard let found = try readSmallFileIfPresent(path) else { return }
      content = found
    } catch let error as CommandError {
      return findings.add(.unreadable(path, error))
    }
    guard let manifest = try? JSONValue(parsing: content), let files = manifest["files"]?.arrayValue else {
      return findings.add(Finding("manifest", path: path, expected: "a list of files", actual: "something else"))
    }
    for file in files {
      guard let name = file["name"]?.stringValue, let digest = file["sha256"]?.stringValue, TopicFolder.isFileName(name)
      else { continue }
      let listed = "\(directory)/\(name)"
      guard try fileExists(listed) else {
        findings.add(
          Finding("manifest", path: listed, expected: "the file that manifest.json lists", actual: "no such file"))
        continue
      }
      let actual: String
      do {
        actual = try FileDigest.sha256(path: listed)
      } catch {
        findings.add(.unreadable(listed, error))
        continue
      }
      if actual != digest {
        findings.add(
          Finding("manifest", path: listed, expected: "SHA-256 \(digest), as manifest.json says", actual: actual))
      }
    }
    if runs.count == 3, let run = manifest["run"]?.stringValue,
      run != StableDigest.hexadecimal(runs + [manifest["digest"]?.stringValue ?? ""])
    {
      notes.append("\(directory) was written by another run than the topics that are there now")
    }
  }

  private static func forEachMessage(
    of topic: InspectedTopic, in offsets: Range<Int>? = nil, _ show: (String) throws -> Void,
    _ body: (UnsafeRawBufferPointer) -> Void
  ) throws {
    let reader = try topic.reader()
    var offset = max(reader.firstOffset, offsets?.lowerBound ?? 0)
    while let slice = try reader.slice(from: offset, maxBytes: 1 << 18, before: offsets?.upperBound) {
      slice.withBytes { lines in lines.forEachLine(body) }
      offset = slice.endOffset
      try show("computing from \(topic.name)  \(Figures.percent(offset, of: reader.nextOffset))")
    }
  }
}
