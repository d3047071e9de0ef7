import Records
import TopicLog

/// What `daylapse verify` saw of one topic.
struct TopicAudit {
  let topic: InspectedTopic
  private(set) var report: VerificationReport
  private(set) var messages: MessageCheck
  private(set) var findings: Findings
  /// Whether all messages could be read.
  private(set) var isRead = false

  var name: String { topic.name }
  var isSound: Bool { findings.count == 0 }
  /// Whether all its messages are there and no other will come.
  var isComplete: Bool { isRead && report.isSealed }

  /// Verifies a topic. Reads it twice; takes no lock, so that its writer may be at work.
  ///
  /// - Parameters:
  ///   - promisesOrder: Whether messages come in the order of their event time.
  ///   - onProgress: Hears of messages that were read, of so many; may throw to give up.
  init(
    _ topic: InspectedTopic, promisesOrder: Bool, findingLimit: Int,
    onProgress: (_ done: Int, _ all: Int) throws -> Void
  ) throws {
    self.topic = topic
    findings = Findings(limit: findingLimit)
    messages = MessageCheck(
      schema: topic.schema, promisesOrder: promisesOrder,
      mayLackRevisions: RecoveredDigest.isRecovered(topic.outline.identity?.digest))
    report = try TopicAudit.verifyFiles(topic)
    for finding in report.findings { findings.add(Finding(finding, topic: topic.name)) }
    do {
      try readMessages(onProgress)
    } catch let error as TopicLogError {
      // what the files' own checks have named already need not be said again
      guard report.findings.isEmpty || error.code != .damaged else { return }
      findings.add(.unreadable(error.path, topic: topic.name, error))
    }
  }

  /// Holds files against each other. What a writer is about to write looks different at a second look; damage stays.
  private static func verifyFiles(_ topic: InspectedTopic) throws -> VerificationReport {
    // sidecars of topics that are not of the topology may have been written with another idea of time
    let timeOf = topic.hasSchema ? topic.timeOf : nil
    var report = try TopicVerifier.verify(directory: topic.directory, timeOf: timeOf)
    if !report.isSealed, !report.isSound {
      let again = try TopicVerifier.verify(directory: topic.directory, timeOf: timeOf)
      report = again.keepingFindings(of: report)
    }
    return report
  }

  private mutating func readMessages(_ onProgress: (Int, Int) throws -> Void) throws {
    let reader = try topic.reader()
    var offset = reader.firstOffset
    while let slice = try reader.slice(from: offset, maxBytes: 1 << 18) {
      slice.withBytes { lines in
        lines.forEachLine { line in
          if let (kind, problem) = messages.add(line, at: offset) {
            findings.add(
              Finding(
                kind, topic: topic.name, path: topic.path(of: offset), offsets: offset..<(offset + 1),
                expected: problem.expected, actual: problem.actual))
          }
          offset += 1
        }
      }
      try onProgress(offset, reader.nextOffset)
    }
    isRead = true
  }

  /// What is no damage, and good to know: of topics that were not made by Daylapse.
  var notes: [String] {
    guard isRead, topic.hasTimes, !topic.hasSchema || topic.outline.isMadeByHand else { return [] }
    var notes: [String] = []
    if let guess = topic.times.guess { notes.append(guess) }
    if let offset = messages.firstLateOffset, !messages.promisesOrder {
      notes.append("\(name) is not in the order of its times: first at offset \(offset)")
    }
    if let offset = messages.firstUntimedOffset {
      notes.append(
        "\(name): \(Figures.grouped(messages.untimedCount)) of \(Figures.grouped(messages.count)) messages have no time that "
          + "can be read; first at offset \(offset)")
    }
    return notes
  }

  var json: JSONValue {
    JSONMembers.build {
      $0.add("topic", name)
      $0.add("sound", isSound)
      $0.add("complete", report.isSealed)
      $0.add("messages", messages.count)
      $0.add("bytes", report.byteCount)
      $0.add("segments", report.segmentCount)
      $0.add("checksums", report.blockCount)
      $0.add("checked_bytes", report.checkedByteCount)
      $0.add("findings", findings.count)
    }
  }
}

/// The mark that a recovered topic has in its digest when it lost messages: it holds no longer what its options made.
enum RecoveredDigest {
  private static let mark = " recovered"

  static func of(_ digest: String?) -> String { (digest ?? "unknown") + mark }
  static func isRecovered(_ digest: String?) -> Bool { digest?.hasSuffix(mark) ?? false }
}
