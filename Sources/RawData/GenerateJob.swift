import ExternalSort
import Generator
import OutputFiles
import Records
import TopicLog

/// Generates users and events: the two raw CSV files, and the two raw topics in event-time order.
public struct GenerateJob {
  public struct Result: Sendable {
    public var userCount: Int
    public var eventCount: Int
    public var paidCount: Int
    /// Users who left before the last day.
    public var leaverCount: Int
    public var files: [OutputFileSummary]
    public var topics: [TopicTotals]
  }

  public var options: GeneratorOptions
  /// Where `users.csv` and `events.csv` go; nothing for topics only.
  public var rawDirectory: String?
  /// Where the topics go; nothing for CSV files only.
  public var topicsDirectory: String?
  public var run: String
  /// Names the spill file, which is removed at the end.
  public var spillPath: String
  public var isCompressed = false
  /// Hears of users that are finished, of so many; may throw to give up.
  public var onProgress: (_ done: Int, _ all: Int) throws -> Void = { _, _ in }

  public init(
    options: GeneratorOptions, rawDirectory: String?, topicsDirectory: String?, run: String, spillPath: String
  ) {
    self.options = options
    self.rawDirectory = rawDirectory
    self.topicsDirectory = topicsDirectory
    self.run = run
    self.spillPath = spillPath
  }

  /// Generates. Memory is bounded by the users and one day's events.
  public func perform() throws -> Result {
    var generator = try Generator(options)
    var result = Result(
      userCount: generator.users.count, eventCount: 0, paidCount: generator.users.count { $0.isPaid },
      leaverCount: generator.lastDays.count { Int($0) < options.days - 1 }, files: [], topics: [])
    let buckets = topicsDirectory.map { _ in
      DayBuckets(dayCount: options.days, storage: FileRunStorage(path: spillPath))
    }
    try writeUsers(generator.users, into: &result)

    let csv = try rawDirectory.map { try OutputFile(path: path($0, "events.csv"), compressed: isCompressed) }
    csv?.buffer.append(RawColumns.events.joined(separator: ",") + "\n")
    var formatter = GeneratedEventText(startDay: options.startDay, dayCount: options.days)
    var events: [GeneratedEvent] = []
    var eventID = 0
    while generator.nextUser(into: &events) {
      let userID = generator.nextUserIndex
      for event in events {
        eventID &+= 1
        if let csv { formatter.writeRow(event, eventID: eventID, userID: userID, to: csv.buffer) }
        if let buckets {
          let (day, minute) = event.minute.quotientAndRemainder(dividingBy: 1440)
          try buckets.add(
            BucketEvent(
              eventID: eventID, value: event.value, userID: Int32(userID), minuteOfDay: UInt16(minute),
              kind: event.kind, course: event.course), day: Int(day))
        }
      }
      try csv?.flushIfNeeded()
      if userID % 64 == 0 { try onProgress(userID, result.userCount) }
    }
    result.eventCount = eventID
    if let csv { result.files.append(try csv.finish()) }
    if let buckets { try writeEvents(buckets, &formatter, into: &result) }
    return result
  }

  private func writeUsers(_ users: [GeneratedUser], into result: inout Result) throws {
    let csv = try rawDirectory.map { try OutputFile(path: path($0, "users.csv"), compressed: isCompressed) }
    csv?.buffer.append(RawColumns.users.joined(separator: ",") + "\n")
    let topic = try topicsDirectory.map {
      TopicOutput(try RawTopic.users.writer(in: $0, run: run, digest: digest))
    }
    for (index, user) in users.enumerated() {
      if let csv {
        GeneratedUserText.writeRow(user, userID: index + 1, to: csv.buffer)
        try csv.flushIfNeeded()
      }
      if let topic {
        GeneratedUserText.writeMessage(user, userID: index + 1, to: topic.lines.buffer)
        try topic.lines.endLine()
      }
    }
    if let csv { result.files.append(try csv.finish()) }
    if let topic { result.topics.append(try topic.finish()) }
  }

  private func writeEvents(
    _ buckets: DayBuckets, _ formatter: inout GeneratedEventText, into result: inout Result
  ) throws {
    guard let topicsDirectory else { return }
    let topic = TopicOutput(try RawTopic.events.writer(in: topicsDirectory, run: run, digest: digest))
    for day in 0..<options.days {
      let dayStart = (Int(options.startDay) + day) * EventTime.secondsPerDay
      for event in try buckets.take(day: day) {
        formatter.writeMessage(event, day: day, to: topic.lines.buffer)
        try topic.lines.endLine(atSeconds: dayStart + Int(event.minuteOfDay) * 60)
      }
      try onProgress(result.userCount, result.userCount)
    }
    result.topics.append(try topic.finish())
  }

  /// What decides the content: two runs with the same digest generate the same bytes.
  public var digest: String { "generate " + String(describing: options) }

  private func path(_ directory: String, _ name: String) -> String {
    directory + "/" + name + (isCompressed ? ".gz" : "")
  }
}

/// What was written of a topic.
public struct TopicTotals: Sendable, Equatable {
  public var topic: String
  public var messageCount: Int
  public var byteCount: Int

  public init(topic: String, messageCount: Int, byteCount: Int) {
    self.topic = topic
    self.messageCount = messageCount
    self.byteCount = byteCount
  }
}

/// Puts lines into a topic's files in large appends.
final class TopicOutput {
  let lines: OutputTopic
  private let writer: TopicWriter

  init(_ writer: TopicWriter) {
    self.writer = writer
    lines = OutputTopic(name: writer.identity.name, byteLimit: 1 << 18) { chunk in
      try writer.append(chunk.lines, count: chunk.count, maxTime: chunk.maxTime)
    }
  }

  /// Completes the topic.
  func finish() throws -> TopicTotals {
    try lines.flush()
    try writer.seal()
    try writer.close()
    return TopicTotals(topic: lines.name, messageCount: writer.nextOffset, byteCount: writer.byteCount)
  }
}
