import Records
import ZeroMQ

/// Finds out whether a publisher is there and what it has, without ever blocking: for whoever has several places to look
/// at, or other work to do meanwhile.
public final class PublisherProbe {
  /// So often an unanswered question is asked again, and an answer is asked for anew, in nanoseconds.
  private static let askNanoseconds = 200_000_000

  private let socket: Socket
  private let link: LinkWatch
  private let clock: StreamClock
  private var lastAsked = Int.min / 2
  private var answer: (description: PublisherDescription, at: Int)?

  /// Connects; no publisher need be there.
  ///
  /// - Parameters:
  ///   - service: The publisher's service endpoint.
  ///   - security: Needed where the publisher takes only those who have a key.
  public init(
    context: Context, service: String, security: CurveIdentity? = nil, clock: StreamClock = .monotonic
  ) throws {
    self.clock = clock
    socket = try Socket(context, .dealer)
    try socket.set(.lingerMilliseconds, to: 0)
    try socket.set(.reconnectIntervalMilliseconds, to: 10)
    try socket.set(.reconnectIntervalMaxMilliseconds, to: 200)
    link = try LinkWatch(socket, to: service, identity: security, context: context)
    try socket.connect(service)
  }

  /// What the publisher has said of itself lately; asks for it where that is due.
  ///
  /// - Parameter ageNanoseconds: Older answers do not count.
  /// - Returns: Nothing where it has not answered.
  /// - Throws: ``LinkProblem`` where the publisher does not let this process in, and waiting would not help.
  public func description(ageNanoseconds: Int = 1_000_000_000) throws -> PublisherDescription? {
    let now = clock.now()
    if let problem = try link.problem(now: now), problem.isFinal { throw problem }
    while let status = try socket.receive(blocking: false) {
      guard status.more, let body = try socket.receive() else { continue }
      if body.more { try socket.discardRemainingFrames() }
      guard status.bytes.elementsEqual("ok".utf8), let json = try? JSONValue(parsing: body.bytes) else { continue }
      answer = (PublisherDescription(json), now)
    }
    if now - lastAsked >= PublisherProbe.askNanoseconds, try socket.send("describe", more: true, blocking: false) {
      lastAsked = now
      try socket.send("{}")
    }
    guard let answer, now - answer.at <= ageNanoseconds else { return nil }
    return answer.description
  }

  /// Adds the socket that answers come on.
  public func add(to poller: inout Poller) { poller.add(socket) }

  public func close() {
    link.close()
    socket.close()
  }
}
