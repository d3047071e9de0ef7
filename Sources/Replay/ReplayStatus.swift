import Records

/// Where a replay is.
public struct ReplayStatus: Equatable, Sendable {
  public enum State: String, Sendable {
    /// Somebody who is awaited has not joined.
    case waiting
    case running
    case paused
    /// Members fetch what a jump forward has passed over.
    case catchingUp = "catching_up"
    /// Everything is published. With `loop`, it is shown again.
    case ended
  }

  public var state: State
  /// Simulated time, to the second.
  public var clock: EventTime?
  /// Where simulated time starts and ends.
  public var start: EventTime?
  public var end: EventTime?
  /// The speed asked for.
  public var speed: ReplaySpeed
  /// Simulated seconds per second, of late; nothing while it does not run.
  public var achieved: Double?
  /// Grows with every jump.
  public var epoch: Int
  /// Which time the days are shown, from 1.
  public var pass: Int
  /// How many commands have been carried out.
  public var applied: Int

  /// As the answer to `control`.
  public var json: [JSONValue.Member] {
    func time(_ name: String, _ time: EventTime?) -> [JSONValue.Member] {
      time.map { [.init(name, .string($0.description))] } ?? []
    }
    return [.init("state", .string(state.rawValue))] + time("clock", clock) + time("start", start) + time("end", end)
      + [.init("speed", .string(speed.description))]
      + (achieved.map { [.init("achieved", .string(ReplaySpeed.factor($0).roundedDescription))] } ?? [])
      + [.init("epoch", .int(epoch)), .init("pass", .int(pass)), .init("applied", .int(applied))]
  }
}
