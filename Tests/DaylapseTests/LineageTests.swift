import Testing

@testable import daylapse

struct LineageTests {
  private let all = [
    "users.raw": "generate 1", "events.raw": "generate 1", "users.clean": "clean 1", "users.rejected": "clean 1",
    "events.clean": "clean 1 strict", "events.rejected": "clean 1", "user.daily": "aggregate 1 maxDays",
  ]

  private func missing(without names: [String], hasTables: Bool = true) -> [String] {
    let digests = all.filter { !names.contains($0.key) }
    return Lineage.missing(digests: digests, present: Set(digests.keys), hasTables: hasTables).map(\.name)
  }

  @Test func nothingIsMissingWhereAllIsThere() { #expect(missing(without: []) == []) }

  @Test(arguments: ["users.raw", "events.raw", "users.clean", "events.clean", "users.rejected", "events.rejected"])
  func aTopicThatOthersWereMadeFromOrWithIsMissed(_ name: String) {
    #expect(missing(without: [name], hasTables: false) == [name])
  }

  @Test func dailyRowsAreMissedWhereTablesWereMadeFromThem() {
    #expect(missing(without: ["user.daily"]) == ["user.daily"])
    #expect(missing(without: ["user.daily"], hasTables: false) == [])
  }

  @Test func rawTopicsAndTablesMayBeAllThatIsKept() {
    #expect(missing(without: all.keys.filter { !$0.hasSuffix(".raw") }) == [])
  }

  @Test func recordingsAndTopicsMadeByHandNeedNoOthers() {
    #expect(Lineage.missing(digests: ["events.clean": "record 1"], present: ["events.clean"], hasTables: true).isEmpty)
    #expect(Lineage.missing(digests: [:], present: ["user.daily"], hasTables: true).isEmpty)
  }
}
