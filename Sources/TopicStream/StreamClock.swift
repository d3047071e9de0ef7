/// A clock that only goes forward, in nanoseconds. Passed in, so that a test can turn it by hand.
public struct StreamClock: Sendable {
  public var now: @Sendable () -> Int

  public init(now: @escaping @Sendable () -> Int) { self.now = now }

  /// The machine's monotonic clock.
  public static let monotonic: StreamClock = {
    let start = ContinuousClock.now
    return StreamClock {
      let elapsed = (ContinuousClock.now - start).components
      return Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
    }
  }()
}
