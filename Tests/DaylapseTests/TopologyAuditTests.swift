import Records
import Testing
import TopicLog

@testable import daylapse

struct TopologyAuditTests {
  private var parts: [String: TopologyAudit.Part] {
    let clean = StableDigest.hexadecimal(["replay", "replay", "clean 1"])
    let daily = StableDigest.hexadecimal([clean, clean, "aggregate 1"])
    func part(_ name: String, _ run: String, _ digest: String, _ count: Int, userDays: Int = 0) -> TopologyAudit.Part {
      TopologyAudit.Part(
        path: "topics/" + name, identity: TopicIdentity(name: name, run: run, digest: digest), isComplete: true,
        count: count, userDayCount: userDays, first: EventTime("2025-01-01T10:00:00"),
        last: EventTime("2025-01-03T00:00:00"))
    }
    return [
      "users.raw": part("users.raw", "raw", "generate", 5), "events.raw": part("events.raw", "raw", "generate", 20),
      "users.clean": part("users.clean", clean, "clean 1", 4),
      "users.rejected": part("users.rejected", clean, "clean 1", 1),
      "events.clean": part("events.clean", clean, "clean 1", 17),
      "events.rejected": part("events.rejected", clean, "clean 1", 3),
      "user.daily": part("user.daily", daily, "aggregate 1", 13, userDays: 12),
    ]
  }
  private let replayed = ReplayedTopics(run: "replay", sources: sources(events: "raw"))

  private static func sources(events run: String) -> [String: ReplayedTopics.Source] {
    ["users.raw": .init(run: "raw", offsets: 0..<Int.max), "events.raw": .init(run: run, offsets: 0..<Int.max)]
  }

  @Test func topicsThatFitAreSound() {
    let audit = TopologyAudit(parts, replayed: replayed)
    #expect(audit.findings == [] && audit.notes == [])
  }

  @Test func aMessageThatIsNeitherCleanNorRejectedIsFound() {
    for name in ["users.raw", "users.clean", "users.rejected", "events.raw", "events.clean", "events.rejected"] {
      var parts = parts
      parts[name]!.count += 1
      var audit = TopologyAudit(parts, replayed: replayed)
      #expect(audit.findings.contains { $0.kind == "count" && $0.topic?.hasPrefix(name.prefix(5)) == true }, "\(name)")
      audit = TopologyAudit(parts, replayed: nil)
      #expect(!audit.findings.isEmpty, "nobody can tell what they were made from, so they are compared")
    }
  }

  @Test func aUsersDayThatIsMissingIsFound() {
    var parts = parts
    parts["user.daily"]!.userDayCount = 11
    let finding = TopologyAudit(parts, replayed: replayed).findings.first
    #expect(finding?.expected == "4 users x 3 days = 12 user-days" && finding?.actual == "11")
  }

  @Test func whatIsNotCompleteIsNotCompared() {
    for name in parts.keys {
      var parts = parts
      parts[name]!.isComplete = false
      parts[name]!.count = 1
      parts[name]!.userDayCount = 1
      #expect(TopologyAudit(parts, replayed: replayed).findings == [], "\(name)")
    }
  }

  @Test func whatWasMadeFromOtherMessagesIsSaidAndNotCompared() {
    var parts = parts
    for name in ["users.raw", "events.raw"] { parts[name]!.identity!.run = "another" }
    parts["events.raw"]!.count = 1
    let audit = TopologyAudit(parts, replayed: replayed)
    #expect(audit.findings == [] && audit.notes.contains { $0.hasPrefix("events.clean was made from other messages") })
  }

  @Test func rawTopicsThatWereNotBroughtInTogetherAreFound() {
    var parts = parts
    parts["events.raw"]!.identity!.run = "another"
    #expect(TopologyAudit(parts, replayed: nil).findings.first?.kind == "run")
  }

  @Test func aRecoveredTopicIsComparedOnceItWasReplayed() {
    var parts = parts
    parts["events.raw"]!.identity = TopicIdentity(
      name: "events.raw", run: "new", digest: RecoveredDigest.of("generate"))
    parts["events.raw"]!.count = 1
    #expect(TopologyAudit(parts, replayed: nil).lacksRawMessages)
    #expect(TopologyAudit(parts, replayed: replayed).findings == [])
    let again = ReplayedTopics(run: "replay", sources: Self.sources(events: "new"))
    let audit = TopologyAudit(parts, replayed: again)
    #expect(!audit.lacksRawMessages && audit.findings.count == 1)
  }

  @Test func optionsAreFoundInDigests() {
    #expect(TopologyAudit.isStrict("clean 2 strict=yes") && !TopologyAudit.isStrict("clean 2 strict=no"))
    #expect(TopologyAudit.isStrict("clean 2 strict=yes recovered") && !TopologyAudit.isStrict(nil))
    #expect(TopologyAudit.maxDays("aggregate 2 out-of-orderness=0 early-every=never max-days=3660") == 3660)
    #expect(TopologyAudit.maxDays("aggregate 2") == nil)
  }
}
