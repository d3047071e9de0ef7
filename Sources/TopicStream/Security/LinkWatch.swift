import ZeroMQ

/// Why nothing comes from a publisher although something answers at its endpoint.
public struct LinkProblem: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    /// It knows this side's public key, this one, and does not let it in.
    case notAuthorized(publicKey: String)
    /// It wants keys, and this side has none.
    case keysMissing
    /// This side has keys, and it has none.
    case keysNotWanted
    /// It breaks every connection off, as one does that has another key than the one this side believes it to have.
    case noAnswer(withKeys: Bool)
  }

  public var endpoint: String
  public var reason: Reason

  public init(endpoint: String, reason: Reason) {
    self.endpoint = endpoint
    self.reason = reason
  }

  /// Whether waiting does not help: libzmq does not try again after such an answer.
  public var isFinal: Bool {
    if case .noAnswer = reason { return false }
    return true
  }

  public var description: String {
    switch reason {
    case .notAuthorized(let key): "\(endpoint) does not let in the key \(key)"
    case .keysMissing: "\(endpoint) takes only those who have a CURVE key"
    case .keysNotWanted: "\(endpoint) does not encrypt: there is no CURVE key on its side"
    case .noAnswer(true): "no answer from \(endpoint), which breaks off every connection: is the server key its key?"
    case .noAnswer(false): "no answer from \(endpoint), which breaks off every connection: does it want a CURVE key?"
    }
  }
}

/// What is known of a connection to a publisher, from what a monitor tells.
struct LinkState {
  /// A publisher that starts anew breaks a connection off as well, now and then.
  static let patienceNanoseconds = 2_000_000_000

  private let endpoint: String
  private let publicKey: String?
  private var firstBroken: Int?
  private(set) var problem: LinkProblem?
  /// Whether there is a connection on which messages flow.
  private(set) var isUp = false

  /// - Parameter publicKey: This side's own key, if it has one.
  init(endpoint: String, publicKey: String?) {
    self.endpoint = endpoint
    self.publicKey = publicKey
  }

  mutating func note(_ event: SocketMonitor.Event, now: Int) {
    switch event {
    case .agreed:
      isUp = true
      firstBroken = nil
      problem = nil
    case .failed(.mechanismMismatch): fail(publicKey == nil ? .keysMissing : .keysNotWanted)
    case .failed(.refused): fail(.notAuthorized(publicKey: publicKey ?? ""))
    case .brokenOff, .failed(.cryptography), .failed(.protocolViolation):
      let first = firstBroken ?? now
      firstBroken = first
      if problem == nil, now - first >= LinkState.patienceNanoseconds { fail(.noAnswer(withKeys: publicKey != nil)) }
    case .disconnected: isUp = false
    case .accepted, .connected: break
    }
  }

  private mutating func fail(_ reason: LinkProblem.Reason) {
    problem = LinkProblem(endpoint: endpoint, reason: reason)
  }
}

/// Watches the connection of a socket. On the socket's thread.
final class LinkWatch {
  private let monitor: SocketMonitor
  private var state: LinkState

  /// Gives the socket its keys, if there are any, and begins to watch it, before it connects.
  init(_ socket: Socket, to endpoint: String, identity: CurveIdentity?, context: Context) throws(ZeroMQError) {
    try identity?.apply(to: socket)
    monitor = try SocketMonitor(socket, context: context)
    state = LinkState(endpoint: endpoint, publicKey: identity?.keypair.publicKey)
  }

  /// What keeps messages from coming, as far as is known. Does not block.
  func problem(now: Int) throws(ZeroMQError) -> LinkProblem? {
    while let event = try monitor.next() { state.note(event, now: now) }
    return state.problem
  }

  /// Whether there is a connection on which messages flow, as of the last look for a problem.
  var isUp: Bool { state.isUp }

  func close() { monitor.close() }
}
