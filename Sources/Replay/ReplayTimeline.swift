import Records

/// Decides when what is replayed: simulated time, its speed, and everything a person can do to both. No sockets, no
/// files, no clocks: times of the wall clock, in nanoseconds, are passed in.
///
/// Paced time runs from one absolute anchor, which is set anew only where something changes: a pause, another speed, a
/// jump, a machine that was asleep. At full speed the events themselves are the clock.
public struct ReplayTimeline: Sendable {
  public enum Decision: Equatable, Sendable {
    /// Events up to and at this time are due; no more than so many of them now.
    case publish(through: EventTime, count: Int)
    /// Nothing is due before this moment of the wall clock, or before something else happens.
    case wait(until: Int?)
    /// Everything is out, and the clock has reached its end.
    case finished
  }

  private enum Stride: Equatable {
    case event
    case until(EventTime)
  }

  /// Where the clock starts and ends.
  public let start: EventTime
  public let end: EventTime
  public private(set) var speed: ReplaySpeed
  public private(set) var isPaused: Bool
  /// Where it pauses by itself.
  public let pauseRule: PauseRule?
  /// No silence lasts longer than so many simulated seconds: the clock leaps over the rest. Paced replays only.
  public let longestSilenceSeconds: Int?
  /// Counts leaps of the clock: between two of the same number it ran undisturbed.
  public private(set) var segment = 0

  /// Simulated time where it does not run by the wall clock.
  private var position: ReplayInstant
  /// Simulated time where it does.
  private var clock: ReplayClock?
  private var isHeld = true
  private var stride: Stride?

  /// A timeline that is held: nothing is due before ``release(at:)``.
  public init(
    start: EventTime, end: EventTime, position: EventTime? = nil, speed: ReplaySpeed, isPaused: Bool = false,
    pauseRule: PauseRule? = nil, longestSilenceSeconds: Int? = nil
  ) {
    self.start = start
    self.end = max(start, end)
    self.speed = speed
    self.isPaused = isPaused
    self.pauseRule = pauseRule
    self.longestSilenceSeconds = longestSilenceSeconds
    self.position = ReplayInstant(min(max(start, position ?? start), self.end))
  }

  /// Whether a step has not come to its end.
  public var isStepping: Bool { stride != nil }

  /// Simulated time at a moment of the wall clock.
  public func instant(at wall: Int) -> ReplayInstant {
    min(clock?.instant(at: wall) ?? position, ReplayInstant(end))
  }

  /// The moment at which an event was due, where the clock runs by the wall clock.
  public func dueNanoseconds(of time: EventTime) -> Int? { clock?.nanoseconds(of: time) }

  // MARK: What happens to it

  /// Stops the clock for a while that is nobody's wish, as while members are behind a jump.
  public mutating func hold(at wall: Int) { change(at: wall) { $0.isHeld = true } }

  public mutating func release(at wall: Int) { if isHeld { change(at: wall) { $0.isHeld = false } } }

  /// Leaves out wall time in which nothing could happen: the machine or the process was asleep.
  public mutating func leaveOut(from: Int, to wall: Int) {
    guard let clock else { return }
    position = clock.instant(at: from)
    anchor(at: wall)
  }

  public mutating func pause(at wall: Int) { change(at: wall) { $0.isPaused = true } }

  public mutating func resume(at wall: Int) { change(at: wall) { $0.isPaused = false } }

  public mutating func setSpeed(_ speed: ReplaySpeed, at wall: Int) { change(at: wall) { $0.speed = speed } }

  /// Goes one event, or one stretch of simulated time, further than where it is or was sent before, and pauses there.
  public mutating func step(_ step: ReplayCommand.Step, at wall: Int) {
    change(at: wall) { timeline in
      timeline.isPaused = true
      switch step {
      case .event: timeline.stride = .event
      case .duration(let duration):
        var from = timeline.position.time
        if case .until(let target) = timeline.stride { from = target }
        let target = from.advanced(bySeconds: duration.seconds)
        timeline.stride = .until(min(target, timeline.end))
      }
    }
  }

  /// Puts the clock somewhere else, between start and end.
  public mutating func seek(to time: EventTime, at wall: Int) {
    change(at: wall) { timeline in
      timeline.position = ReplayInstant(min(max(time, timeline.start), timeline.end))
      timeline.stride = nil
    }
  }

  /// Takes note of the time of events that went out, which is the clock where no other runs.
  public mutating func sent(through time: EventTime) {
    if clock == nil { position = min(max(position, ReplayInstant(time)), ReplayInstant(end)) }
  }

  private mutating func change(at wall: Int, _ body: (inout ReplayTimeline) -> Void) {
    position = instant(at: wall)
    body(&self)
    anchor(at: wall)
  }

  private mutating func anchor(at wall: Int) {
    segment += 1
    clock = nil
    guard case .factor(let factor) = speed, !isPaused, !isHeld, stride == nil else { return }
    clock = ReplayClock(anchor: position, at: wall, factor: factor)
  }

  // MARK: What it decides

  /// What to do now.
  ///
  /// - Parameter head: The time of the event that comes next; nothing behind the last one.
  public mutating func next(_ head: EventTime?, at wall: Int) -> Decision {
    if isHeld { return .wait(until: nil) }
    if let decision = nextOfStride(head) { return decision }
    if head == nil, instant(at: wall) >= ReplayInstant(end) { return .finished }
    if isPaused { return .wait(until: nil) }
    let stop = pauseRule?.next(after: position).flatMap { $0 < end ? $0 : nil }
    guard let clock else { return nextAtFullSpeed(head, stop: stop, at: wall) }

    let now = clock.instant(at: wall)
    if let stop, now >= ReplayInstant(stop) {
      if let head, head < stop { return .publish(through: before(stop), count: .max) }
      return pauseHere(stop, at: wall)
    }
    if let head, head <= now.time { return .publish(through: now.time, count: .max) }
    let goal = min(head ?? end, stop ?? end, end)
    if let longest = longestSilenceSeconds, ReplayInstant(goal).seconds(since: now) > Double(longest) {
      position = ReplayInstant(EventTime(secondsSinceEpoch: goal.secondsSinceEpoch - longest))
      anchor(at: wall)
      return next(head, at: wall)
    }
    return .wait(until: clock.nanoseconds(of: goal))
  }

  private mutating func nextAtFullSpeed(_ head: EventTime?, stop: EventTime?, at wall: Int) -> Decision {
    guard let head else {
      position = ReplayInstant(end)
      return .finished
    }
    guard let stop else { return .publish(through: .distantFuture, count: .max) }
    return head < stop ? .publish(through: before(stop), count: .max) : pauseHere(stop, at: wall)
  }

  private mutating func nextOfStride(_ head: EventTime?) -> Decision? {
    switch stride {
    case nil: return nil
    case .event:
      stride = nil
      guard let head else {
        position = ReplayInstant(end)
        return nil
      }
      return .publish(through: head, count: 1)
    case .until(let target):
      // the end is behind the last event, whatever its time
      if let head, head < target { return .publish(through: before(target), count: .max) }
      position = max(position, ReplayInstant(target))
      stride = nil
      return nil
    }
  }

  private mutating func pauseHere(_ time: EventTime, at wall: Int) -> Decision {
    position = ReplayInstant(time)
    isPaused = true
    anchor(at: wall)
    return .wait(until: nil)
  }

  /// The last second before a time.
  private func before(_ time: EventTime) -> EventTime {
    EventTime(secondsSinceEpoch: time.secondsSinceEpoch - 1)
  }
}

extension EventTime {
  /// Later than any event.
  static let distantFuture = EventTime(secondsSinceEpoch: .max)
}
