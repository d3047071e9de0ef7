/// Decides whether and when a stage that died is started again.
struct RestartRule: Equatable {
  /// How often a stage is started again that dies again and again without coming further.
  let limit: Int
  /// How often it died in a row without having come further than before.
  private(set) var vainStarts = 0
  /// How far it has come in any of its lives.
  private var bestMessages = 0

  init(limit: Int) { self.limit = limit }

  /// Takes note of a death.
  ///
  /// - Parameter messages: How far the stage had come.
  /// - Returns: How long to wait before it is started again, in nanoseconds; `nil` where it is given up. A stage that died
  ///   once is started at once; one that dies again and again has time to be looked at.
  mutating func delayAfterDeath(at messages: Int) -> Int? {
    vainStarts = messages > bestMessages ? 1 : vainStarts + 1
    bestMessages = max(bestMessages, messages)
    guard vainStarts <= limit else { return nil }
    return vainStarts == 1 ? 0 : min(2_000_000_000, 50_000_000 << min(vainStarts, 10))
  }
}
