import Records
import TopicLog

/// Holds the topics of a topology against each other: every message in is clean or rejected, and every user has a row for
/// every day.
struct TopologyAudit {
  /// What has to be known of a topic.
  struct Part {
    var path: String
    var identity: TopicIdentity?
    /// What stands for a run in a topic that was made by hand.
    var contentRun: String?
    var isComplete: Bool
    var count: Int
    var userDayCount = 0
    var first: EventTime?
    var last: EventTime?
    var earliestSignup: CivilDate?

    /// The run that its messages are of.
    var run: String? { identity?.run ?? contentRun }
  }

  private(set) var findings: [Finding] = []
  /// What could not be compared, and why.
  private(set) var notes: [String] = []

  private let parts: [String: Part]
  private let replayed: ReplayedTopics?

  /// - Parameter replayed: What the producer says it replayed last.
  init(_ parts: [String: Part], replayed: ReplayedTopics?) {
    self.parts = parts
    self.replayed = replayed
    checkThatRawTopicsBelongTogether()
    for table in ["users", "events"] { checkBooks(of: table) }
    checkGrid()
  }

  /// Whether events are rejected when their type is unknown, as the topic of clean events says.
  static func isStrict(_ digest: String?) -> Bool {
    digest.flatMap { Fingerprint.value(of: "strict", in: $0) } == "yes"
  }

  /// How many days the grid may span, as the topic of daily rows says.
  static func maxDays(_ digest: String?) -> Int? {
    digest.flatMap { Fingerprint.value(of: "max-days", in: $0) }.flatMap { Int($0) }
  }

  private func part(_ name: String) -> Part? { parts[name].flatMap { $0.isComplete ? $0 : nil } }

  private mutating func checkThatRawTopicsBelongTogether() {
    guard let users = parts["users.raw"], let events = parts["events.raw"],
      let problem = SourceRun.mismatch(users: users.identity, events: events.identity)
    else { return }
    findings.append(
      Finding(
        "run", topic: "events.raw", path: events.path, expected: "users.raw and events.raw of one run", actual: problem)
    )
  }

  private mutating func checkBooks(of table: String) {
    let names = ["\(table).raw", "\(table).clean", "\(table).rejected"]
    guard let raw = part(names[0]), let clean = part(names[1]), let rejected = part(names[2]) else { return }
    guard isCleaned(names[1]), isCleaned(names[2]) else { return }
    let count = (replayedOffsets(of: names[0]) ?? 0..<raw.count).clamped(to: 0..<raw.count).count
    guard count != clean.count + rejected.count else { return }
    findings.append(
      Finding(
        "count", topic: names[1], path: clean.path,
        expected: "\(Figures.count(count, "message")) of \(names[0]), each clean or rejected",
        actual: "\(clean.count) clean + \(rejected.count) rejected = \(clean.count + rejected.count)"))
  }

  private mutating func checkGrid() {
    guard let users = part("users.clean"), let events = part("events.clean"), let daily = part("user.daily"),
      isAggregated
    else { return }
    let days: Int
    if let first = events.first, let last = events.last {
      days = Int(last.date.daysSinceEpoch - first.date.daysSinceEpoch) + 1
    } else {
      days = users.count > 0 ? 1 : 0
    }
    guard users.count * days != daily.userDayCount else { return }
    findings.append(
      Finding(
        "count", topic: "user.daily", path: daily.path,
        expected: Figures.userDays(users: users.count, days: days, rows: users.count * days),
        actual: "\(daily.userDayCount)"))
  }

  /// Whether messages were lost from a raw topic since the others were made from it.
  var lacksRawMessages: Bool {
    let recovered = rawNames.filter { RecoveredDigest.isRecovered(parts[$0]?.identity?.digest) }
    return recovered.contains { replayed?.sources[$0]?.run != parts[$0]?.run }
  }

  /// Which messages of a raw topic were replayed to make the clean ones; nothing where nobody knows.
  func replayedOffsets(of name: String) -> Range<Int>? {
    guard let replayed, let identity = parts["events.clean"]?.identity, replayed.gave(identity) else { return nil }
    return replayed.sources[name]?.offsets
  }

  private var rawNames: [String] { ["users.raw", "events.raw"] }

  /// Whether a clean or rejected topic is the result of the raw ones that are there. Where nobody can tell, they are
  /// compared.
  private mutating func isCleaned(_ name: String) -> Bool {
    guard let identity = parts[name]?.identity else { return true }
    if let replayed, replayed.gave(identity) {
      if rawNames.allSatisfy({ replayed.sources[$0]?.run == parts[$0]?.run }) { return true }
    } else if !lacksRawMessages {
      return true
    }
    return note(name, rawNames)
  }

  /// Whether the rows per user and day are the result of the clean topics that are there.
  private var isAggregated: Bool {
    mutating get {
      guard let identity = parts["user.daily"]?.identity else { return true }
      let sources = ["users.clean", "events.clean"]
      let runs = sources.compactMap { parts[$0]?.identity?.run }
      guard runs.count == 2, StableDigest.hexadecimal(runs + [identity.digest]) != identity.run else { return true }
      return note("user.daily", sources)
    }
  }

  private mutating func note(_ name: String, _ sources: [String]) -> Bool {
    notes.append(
      "\(name) was made from other messages than \(sources.joined(separator: " and ")) have now: not compared; "
        + "run the topology again")
    return false
  }
}
