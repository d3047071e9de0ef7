import CSVText
import ExternalSort
import Records
import TopicLog

/// Turns `users.csv` and `events.csv`, in any order, into the two raw topics, the events in event-time order.
public struct ImportJob {
  public struct Result: Sendable {
    public var userCount: Int
    public var eventCount: Int
    public var topics: [TopicTotals]
    /// Columns that nothing clean has, by file.
    public var extraColumns: [(path: String, names: [String])]
    /// What a person should know of the files, in words.
    public var warnings: [String] = []

    public init(
      userCount: Int, eventCount: Int, topics: [TopicTotals], extraColumns: [(path: String, names: [String])]
    ) {
      self.userCount = userCount
      self.eventCount = eventCount
      self.topics = topics
      self.extraColumns = extraColumns
    }
  }

  public var usersPath: String
  public var eventsPath: String
  public var topicsDirectory: String
  public var run: String
  /// Names the content: two imports with the same digest give the same bytes.
  public var digest: String
  /// Names the spill file, which is removed at the end.
  public var spillPath: String
  /// Hears of rows that have been read; may throw to give up.
  public var onProgress: (_ rows: Int) throws -> Void = { _ in }

  /// Called when everything was read, before the events are complete; may throw to give up.
  public var beforeSealing: () throws -> Void = {}

  public init(
    usersPath: String, eventsPath: String, topicsDirectory: String, run: String, digest: String, spillPath: String
  ) {
    self.usersPath = usersPath
    self.eventsPath = eventsPath
    self.topicsDirectory = topicsDirectory
    self.run = run
    self.digest = digest
    self.spillPath = spillPath
  }

  /// Imports. Sorting takes place outside memory.
  ///
  /// - Throws: ``ImportError`` where a file has no header or lacks a column; what reading and writing throw.
  public func perform() throws -> Result {
    let users = try RawTable(path: usersPath, topic: .users)
    let events = try RawTable(path: eventsPath, topic: .events)
    var result = Result(userCount: 0, eventCount: 0, topics: [], extraColumns: [])
    for (table, topic) in [(users, RawTopic.users), (events, .events)] {
      if !table.extraColumns.isEmpty { result.extraColumns.append((table.path, table.extraColumns)) }
      result.warnings += table.header.warnings
      if let warning = table.header.extraColumnsWarning(of: topic) { result.warnings.append(warning) }
    }

    let userOutput = TopicOutput(try RawTopic.users.writer(in: topicsDirectory, run: run, digest: digest))
    try users.forEachRow { row in
      users.writeMessage(row, to: userOutput.lines.buffer)
      try userOutput.lines.endLine()
    }
    result.topics.append(try userOutput.finish())
    result.userCount = userOutput.lines.lineCount
    try onProgress(0)

    let sorter = RowSorter(storage: FileRunStorage(path: spillPath))
    // a row without a readable time goes with the one before it, those at the front with the first that has one
    var key = try events.firstTime().map(ImportJob.key) ?? 0
    let timeOf = RawTopic.events.timeOf
    try events.forEachRow { row in
      if let time = events.time(of: row) { key = ImportJob.key(time) }
      try sorter.add(key: key) { events.writeMessage(row, to: $0) }
      if sorter.count % 65_536 == 0 { try onProgress(sorter.count) }
    }
    try sorter.finish()
    try onProgress(sorter.count)
    let eventOutput = TopicOutput(try RawTopic.events.writer(in: topicsDirectory, run: run, digest: digest))
    try sorter.forEachRow { _, message in
      eventOutput.lines.buffer.append(message)
      if let time = timeOf(UnsafeRawBufferPointer(rebasing: message.dropLast())) {
        try eventOutput.lines.endLine(atSeconds: time.secondsSinceEpoch)
      } else {
        try eventOutput.lines.endLine()
      }
    }
    try beforeSealing()
    result.topics.append(try eventOutput.finish())
    result.eventCount = eventOutput.lines.lineCount
    for (table, count) in [(users, result.userCount), (events, result.eventCount)] {
      if count == 0 { result.warnings.append("\(table.path): there is a header and no row behind it") }
      if let warning = table.tally.warning(path: table.path) { result.warnings.append(warning) }
    }
    return result
  }

  /// Event time as a key that sorts like it, also before 1970.
  private static func key(_ time: EventTime) -> UInt64 {
    UInt64(bitPattern: Int64(time.secondsSinceEpoch)) ^ (1 << 63)
  }
}

/// A raw CSV file that cannot be imported.
public struct ImportError: Error, Equatable, Sendable, CustomStringConvertible {
  public var path: String
  public var problem: String

  public var description: String { "\(path): \(problem)" }
}
