import TestSupport
import Testing

@testable import daylapse

struct RestartRuleTests {
  /// However often a stage dies: while it comes further it is started again, and at once.
  @Test(arguments: 0..<20)
  func neverGivesUpOnProgress(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var rule = RestartRule(limit: Int.random(in: 1...3, using: &random))
    var messages = 0
    for _ in 0..<200 {
      messages += Int.random(in: 1...50, using: &random)
      #expect(rule.delayAfterDeath(at: messages) == 0)
      for vain in 1..<max(1, rule.limit) where random.chance(3) && rule.vainStarts == vain {
        // it may well die before it is where it was
        #expect(rule.delayAfterDeath(at: Int.random(in: 0...messages, using: &random)) ?? 0 > 0)
      }
    }
  }

  @Test(arguments: [0, 1, 10, 1000])
  func givesUpAfterSoManyVainStarts(limit: Int) {
    var rule = RestartRule(limit: limit)
    var deaths = 0
    while let delay = rule.delayAfterDeath(at: 0) {
      deaths += 1
      #expect((0...2_000_000_000).contains(delay))
    }
    #expect(deaths == limit)
  }
}
