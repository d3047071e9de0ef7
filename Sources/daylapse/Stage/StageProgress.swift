import Records
import Replay
import TopicStream

/// Where a stage is. What a stage does not know, or has not got, it leaves out.
struct StageProgress: Equatable {
  /// What the replay clock does.
  enum State: String {
    case running
    case paused
    /// Publication is held back until members have caught up.
    case catchingUp = "catching_up"
  }

  /// Simulated time: of the replay clock in the producer.
  var clock: EventTime?
  /// The highest event time that was processed.
  var watermark: EventTime?
  /// Messages published, or processed, so far.
  var messages = 0
  /// Messages known to wait: not published yet, or published and not processed.
  var lag = 0
  /// How far those behind are who consume what it publishes, by name.
  var memberLags: [StepCount] = []
  /// Messages that were rejected, duplicates left out.
  var rejected: Int?
  /// What it waits for, in words.
  var waiting: String?
  var state: State?
  /// The speed that the replay is to have.
  var speed: ReplaySpeed?
  /// The speed that it has had of late, in simulated seconds per second.
  var achievedFactor: Double?
  /// Simulated time at which the replay starts and ends.
  var first: EventTime?
  var end: EventTime?
}

extension StageProgress {
  init(_ json: JSONValue) {
    func time(_ name: String) -> EventTime? { json[name]?.stringValue.flatMap { EventTime($0) } }
    clock = time("clock")
    watermark = time("watermark")
    messages = json["messages"]?.intValue ?? 0
    lag = json["lag"]?.intValue ?? 0
    if case .object(let lags) = json["member_lags"] {
      memberLags = lags.map { StepCount($0.name, $0.value.intValue ?? 0) }
    }
    rejected = json["rejected"]?.intValue
    waiting = json["waiting"]?.stringValue
    state = json["state"]?.stringValue.flatMap { State(rawValue: $0) }
    speed = json["speed"]?.stringValue.flatMap { try? ReplaySpeed($0) }
    achievedFactor = json["achieved_factor"]?.doubleValue
    first = time("first")
    end = time("end")
  }

  var members: [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    func add(_ name: String, _ value: JSONValue?) {
      if let value { members.append(.init(name, value)) }
    }
    func time(_ time: EventTime?) -> JSONValue? { time.map { .string($0.description) } }
    add("clock", time(clock))
    add("watermark", time(watermark))
    add("messages", .int(messages))
    add("lag", .int(lag))
    if !memberLags.isEmpty { add("member_lags", .object(memberLags.map { .init($0.name, .int($0.value)) })) }
    add("rejected", rejected.map { .int($0) })
    add("waiting", waiting.map { .string($0) })
    add("state", state.map { .string($0.rawValue) })
    add("speed", speed.map { .string($0.description) })
    add("achieved_factor", achievedFactor.flatMap { $0.isFinite ? .double($0) : nil })
    add("first", time(first))
    add("end", time(end))
    return members
  }
}

extension Publisher {
  /// How far the members are behind, as progress tells it.
  var lags: [StepCount] { memberLags.map { StepCount($0.member, $0.lag) } }
}

extension [StepCount] {
  /// How much was rejected, duplicates left out; nothing where the step does not reject.
  var rejected: Int? {
    guard contains(where: { $0.name == "events_in" }) else { return nil }
    return reduce(0) { sum, count in
      count.name.contains("_rejected.") && !count.name.hasSuffix(".duplicate") ? sum + count.value : sum
    }
  }
}
