import Checkpoints
import Records
import ZeroMQ

extension Consumer {
  public enum Role: Sendable, Equatable {
    /// Acknowledges, and is waited for.
    case member
    /// Is never waited for. With a name a publisher's `--wait-for` knows it.
    case guest
  }

  public struct Options: Sendable {
    /// The publisher's data endpoint, as in `tcp://127.0.0.1:5552`.
    public var data: String
    /// The publisher's service endpoint, as in `tcp://127.0.0.1:5553`.
    public var service: String
    /// The topics to consume.
    public var topics: [StepInput]
    public var name: String?
    public var role: Role
    /// What a publisher knows this member by, so that nobody else speaks in its name. A member that is started again has
    /// another one, or the same where whoever started it gave it one.
    public var generation = Consumer.generationOfProcess
    /// After this time an unanswered `fetch` is asked again.
    public var fetchTimeoutNanoseconds = 1_000_000_000
    /// A member with nothing to say says so after this time.
    public var keepAliveNanoseconds = 2_000_000_000
    public var fetchBytes = 1 << 20
    /// Whether it goes where a replay goes, forward and back, and takes what it is shown; unless told, guests do.
    /// Otherwise every message is delivered once, in order, whatever is done to the replay.
    public var followsJumps: Bool?
    /// Takes no message, and does not join, before ``Consumer/start()``: first the runs of all topics are to be known.
    public var startsHeld = false
    /// Needed where the publisher takes only those who have a key.
    public var security: CurveIdentity?
    public var clock = StreamClock.monotonic
    /// For tests that take safeguards away.
    public var faults = Faults.none

    public init(
      data: String, service: String, topics: [StepInput], name: String? = nil, role: Role = .guest
    ) {
      self.data = data
      self.service = service
      self.topics = topics
      self.name = name
      self.role = role
    }

    /// Options of a guest that consumes topics from a publisher on this machine.
    public init(data: String, service: String, topics: [String], name: String? = nil) {
      self.init(data: data, service: service, topics: topics.map { StepInput($0) }, name: name, role: .guest)
    }
  }
}

extension Consumer {
  /// Names this life of the process; 128 random bits.
  public static let generationOfProcess: String = (0..<2).map { _ in
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }.joined()
}
