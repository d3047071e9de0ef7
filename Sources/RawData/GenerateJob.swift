import ExternalSort
import Generator
import OutputFiles
import Records
import Threads
import TopicLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Generates users and events: the two raw CSV files, and the two raw topics in event-time order.
public struct GenerateJob {
  public struct Result: Sendable {
    public var userCount: Int
    public var eventCount: Int
    public var paidCount: Int
    /// Users who left before the last day.
    public var leaverCount: Int
    public var days: Int
    public var files: [OutputFileSummary]
    public var topics: [TopicTotals]

    fileprivate init(_ generator: Generator, days: Int) {
      userCount = generator.users.count
      eventCount = 0
      paidCount = generator.users.count { $0.isPaid }
      self.days = days
      leaverCount = generator.lastDays.count { Int($0) < days - 1 }
      files = []
      topics = []
    }
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
  ///
  /// Files and topics are made side by side, each from a generator of its own: drawing again costs less than handing
  /// events from one to the other.
  public func perform() throws -> Result {
    let generator = try Generator(options)
    var result = Result(generator, days: options.days)
    let stop = StopFlag()
    let files = rawDirectory.map { directory in
      BackgroundWork { try writeFiles(generator, directory, stop: stop) }
    }
    do {
      if let topicsDirectory {
        (result.topics, result.eventCount) = try writeTopics(generator, topicsDirectory)
      }
      while let files, !files.isFinished {
        try onProgress(result.userCount, result.userCount)
        usleep(500)
      }
    } catch {
      stop.set()
      files?.wait()
      throw error
    }
    if let files {
      (result.files, result.eventCount) = try files.result()
    }
    return result
  }

  /// Draws the users only, and writes nothing: a result without events, files and topics.
  public func drawUsers() throws -> Result { Result(try Generator(options), days: options.days) }

  private func writeFiles(
    _ generator: Generator, _ directory: String, stop: StopFlag
  ) throws -> (files: [OutputFileSummary], eventCount: Int) {
    let users = try OutputFile(path: path(directory, "users.csv"), compressed: isCompressed)
    let events = try OutputFile(path: path(directory, "events.csv"), compressed: isCompressed)
    do {
      users.buffer.append(RawColumns.users.joined(separator: ",") + "\n")
      for (index, user) in generator.users.enumerated() {
        GeneratedUserText.writeRow(user, userID: index + 1, to: users.buffer)
        try users.flushIfNeeded()
      }
      var generator = generator
      let formatter = GeneratedEventText(startDay: options.startDay, dayCount: options.days)
      let buffer = events.buffer
      buffer.append(RawColumns.events.joined(separator: ",") + "\n")
      var drawn: [GeneratedEvent] = []
      var eventID = 0
      while generator.nextUser(into: &drawn) {
        for event in drawn {
          eventID &+= 1
          formatter.writeRow(event, eventID: eventID, userID: generator.nextUserIndex, to: buffer)
        }
        try events.flushIfNeeded()
        if stop.isSet { throw CancellationError() }
      }
      return ([try users.finish(), try events.finish()], eventID)
    } catch {
      users.discard()
      events.discard()
      throw error
    }
  }

  private func writeTopics(
    _ generator: Generator, _ directory: String
  ) throws -> (topics: [TopicTotals], eventCount: Int) {
    let users = TopicOutput(try RawTopic.users.writer(in: directory, run: run, digest: digest))
    for (index, user) in generator.users.enumerated() {
      GeneratedUserText.writeMessage(user, userID: index + 1, to: users.lines.buffer)
      try users.lines.endLine()
    }
    let userTotals = try users.finish()

    var generator = generator
    let buckets = DayBuckets(dayCount: options.days, storage: FileRunStorage(path: spillPath))
    var drawn: [GeneratedEvent] = []
    var eventID = 0
    while generator.nextUser(into: &drawn) {
      let userID = Int32(generator.nextUserIndex)
      for event in drawn {
        eventID &+= 1
        let (day, minute) = event.minute.quotientAndRemainder(dividingBy: 1440)
        try buckets.add(
          BucketEvent(
            eventID: eventID, value: event.value, userID: userID, minuteOfDay: UInt16(minute), kind: event.kind,
            course: event.course), day: Int(day))
      }
      if userID % 64 == 0 { try onProgress(Int(userID), generator.users.count) }
    }

    let events = TopicOutput(try RawTopic.events.writer(in: directory, run: run, digest: digest))
    let formatter = GeneratedEventText(startDay: options.startDay, dayCount: options.days)
    let buffer = events.lines.buffer
    for day in 0..<options.days {
      let dayStart = (Int(options.startDay) + day) * EventTime.secondsPerDay
      for event in try buckets.take(day: day) {
        formatter.writeMessage(event, day: day, to: buffer)
        try events.lines.endLine(atSeconds: dayStart &+ Int(event.minuteOfDay) &* 60)
      }
      try onProgress(generator.users.count, generator.users.count)
    }
    return ([userTotals, try events.finish()], eventID)
  }

  /// What decides the content: two runs with the same digest generate the same bytes.
  public static func digest(of options: GeneratorOptions) -> String {
    var fingerprint = Fingerprint("generate", version: 2)
    fingerprint.add("n-users", options.userCount)
    fingerprint.add("days", options.days)
    fingerprint.add("start-date", CivilDate(daysSinceEpoch: options.startDay).description)
    fingerprint.add("seed", options.seed)
    fingerprint.add("paid-ratio", options.paidRatio)
    fingerprint.add("churn-base-rate", options.churnBaseRate)
    fingerprint.add("engagement-alpha", options.engagementAlpha)
    fingerprint.add("engagement-beta", options.engagementBeta)
    fingerprint.add("activity-base", options.activityBase)
    fingerprint.add("activity-slope", options.activitySlope)
    return fingerprint.description
  }

  public var digest: String { GenerateJob.digest(of: options) }

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

/// Puts lines into a topic's files, an append for each block of its index.
final class TopicOutput {
  let lines: OutputTopic
  private let writer: TopicWriter

  init(_ writer: TopicWriter) {
    self.writer = writer
    lines = OutputTopic(name: writer.identity.name, byteLimit: 1 << 16) { chunk in
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
