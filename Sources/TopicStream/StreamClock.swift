import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A clock that only goes forward, in nanoseconds. Passed in, so that a test can turn it by hand.
public struct StreamClock: Sendable {
  public var now: @Sendable () -> Int
  /// Whether waiting takes time. Where it does not, whoever turns the clock decides when something happens.
  public var waits: Bool
  /// The time of day, in microseconds since 1970: for what the members of a publisher say one after the other, in
  /// several lives.
  public var timeOfDay: @Sendable () -> Int

  public init(
    waits: Bool = true, timeOfDay: @escaping @Sendable () -> Int = StreamClock.systemTimeOfDay,
    now: @escaping @Sendable () -> Int
  ) {
    self.waits = waits
    self.timeOfDay = timeOfDay
    self.now = now
  }

  @Sendable public static func systemTimeOfDay() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
  }

  /// The machine's monotonic clock.
  public static let monotonic: StreamClock = {
    let start = ContinuousClock.now
    return StreamClock {
      let elapsed = (ContinuousClock.now - start).components
      return Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)
    }
  }()

  /// Waits for a socket of a poller to have something, at most so long.
  func wait(for poller: inout Poller, milliseconds: Int) throws {
    _ = try poller.wait(timeoutMilliseconds: waits ? milliseconds : 0)
  }
}
