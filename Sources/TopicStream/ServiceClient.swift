import Records
import ZeroMQ

/// Asks a publisher's service socket, one question at a time.
public final class ServiceClient {
  /// What `fetch` gave.
  public struct Fetched: ~Copyable {
    public let header: DataHeader
    let payload: Message

    /// Calls `body` with the first `count` lines.
    public borrowing func withLines(first count: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
      let all = payload.bytes
      guard let rest = all.dropFirstLines(count) else {
        throw WireError("an answer of \(header.count) messages has fewer lines")
      }
      try body(UnsafeRawBufferPointer(rebasing: all[..<(all.count - rest.count)]))
    }
  }

  private let socket: Socket
  private let service: String
  private var poller = Poller()
  private var lastID = 0
  private let clock: StreamClock
  private let link: LinkWatch
  /// How long there may be no connection before an answer is given up; `nil` for as long as the answer may take.
  public var unreachableMilliseconds: Int?
  /// Called while an answer is waited for; may throw to give up.
  public var onWait: () throws -> Void = {}

  /// Connects; no publisher need be there yet.
  ///
  /// - Parameters:
  ///   - service: The publisher's service endpoint.
  ///   - security: Needed where the publisher takes only those who have a key.
  public init(
    context: Context, service: String, security: CurveIdentity? = nil, clock: StreamClock = .monotonic
  ) throws {
    self.service = service
    self.clock = clock
    socket = try Socket(context, .dealer)
    link = try LinkWatch(socket, to: service, identity: security, context: context)
    try socket.connect(service)
    poller.add(socket)
  }

  public func close() {
    link.close()
    socket.close()
  }

  /// Fetches messages from an offset on, at least one unless there is none.
  ///
  /// - Throws: ``ServiceError`` as the publisher answered, or where no answer came in time; ``LinkProblem`` where it
  ///   does not let this client in.
  public func fetch(
    topic: String, offset: Int, maxBytes: Int = 1 << 20, timeoutMilliseconds: Int = 5000
  ) throws -> Fetched {
    let json = try ask(
      "fetch",
      [.init("topic", .string(topic)), .init("offset", .int(offset)), .init("max_bytes", .int(maxBytes))],
      timeoutMilliseconds: timeoutMilliseconds)
    guard let payload = try socket.receive() else { throw WireError("an answer to fetch without payload") }
    if payload.more { try socket.discardRemainingFrames() }
    return Fetched(header: try DataHeader(json), payload: payload)
  }

  /// Waits a moment before a question is asked again.
  public func pause(milliseconds: Int) throws {
    try clock.wait(for: &poller, milliseconds: milliseconds)
    try onWait()
  }

  /// Asks a question whose answer is one JSON object.
  public func request(
    _ verb: String, _ arguments: [JSONValue.Member] = [], timeoutMilliseconds: Int = 5000
  ) throws -> JSONValue {
    let json = try ask(verb, arguments, timeoutMilliseconds: timeoutMilliseconds)
    if try socket.hasMore { try socket.discardRemainingFrames() }
    return json
  }

  private func ask(
    _ verb: String, _ arguments: [JSONValue.Member], timeoutMilliseconds: Int
  ) throws -> JSONValue {
    lastID += 1
    let deadline = clock.now() + timeoutMilliseconds * 1_000_000
    var isSent = false
    var lastUp = clock.now()
    while clock.now() < deadline {
      if let problem = try link.problem(now: clock.now()), problem.isFinal { throw problem }
      if link.isUp { lastUp = clock.now() }
      if let limit = unreachableMilliseconds, clock.now() - lastUp > limit * 1_000_000 {
        throw ServiceError(.noAnswer, "nothing can be reached at \(service)")
      }
      // once it was refused there is no connection to wait for room in
      if !isSent, try socket.send(verb, more: true, blocking: false) {
        try socket.send(JSONValue.object([.init("id", .int(lastID))] + arguments).description)
        isSent = true
      }
      try clock.wait(for: &poller, milliseconds: min(50, timeoutMilliseconds))
      try onWait()
      while let status = try socket.receive(blocking: false) {
        guard status.more, let body = try socket.receive() else { continue }
        let json = (try? JSONValue(parsing: body.bytes)) ?? .null
        // an answer to an earlier question that came too late is left out
        guard json["id"]?.intValue == lastID else {
          if body.more { try socket.discardRemainingFrames() }
          continue
        }
        if status.bytes.elementsEqual("ok".utf8) { return json }
        if body.more { try socket.discardRemainingFrames() }
        throw ServiceError(json)
      }
    }
    let why = try link.problem(now: clock.now()).map { ": \($0)" } ?? ""
    throw ServiceError(
      .noAnswer, "\(service) did not answer \"\(verb)\" within \(timeoutMilliseconds) ms\(why)")
  }
}
