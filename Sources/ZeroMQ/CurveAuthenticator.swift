import CZeroMQ
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Decides which clients may connect to the CURVE servers of a context (ZeroMQ RFC 27).
///
/// libzmq asks it, at `inproc://zeromq.zap.01`, about every client that knows a server's public key, and lets in only
/// those it lists. Make it before the servers bind, and keep it until they are closed: without it libzmq lets in whoever
/// knows the server's key. A context has room for one.
///
/// It answers on a thread of its own, which ends with ``stop()``, with the last reference, or with the context,
/// whichever comes first, and never holds the context up.
// Guard: the users never change, refusals are behind a mutex, and the pipe and the thread are given up once, behind
// another.
public final class CurveAuthenticator: @unchecked Sendable {
  /// A client that was turned away.
  public struct Refusal: Sendable, Equatable {
    /// The public key that it proved to have: 40 characters of Z85.
    public var publicKey: String
    /// Where it connected from, without a port, as libzmq gives it. Empty or beginning with a colon for `ipc`.
    public var address: String
  }

  static let endpoint = "inproc://zeromq.zap.01"
  /// Refusals that are kept until somebody asks for them; more are not worth their memory.
  static let refusalLimit = 4096

  private let desk: Desk
  private let thread: Mutex<WakeableThread?>

  /// Begins to answer.
  ///
  /// - Parameters:
  ///   - context: Whose servers ask.
  ///   - users: The public keys that are let in, 40 characters of Z85 each, and the user id that goes with a key: what
  ///     ``Message/userID`` says of every message that comes from there.
  /// - Throws: `isAddressInUse` where the context has an authenticator, `isTerminated`, or what keeps a thread from
  ///   being started.
  public init(context: Context, users: [String: String]) throws(ZeroMQError) {
    let socket = try Socket(context, .rep)
    do throws(ZeroMQError) {
      try socket.bind(Self.endpoint)
      desk = Desk(users: users)
      let desk = desk
      // The thread takes the socket over, and no other ever touches it; starting it is the fence that zmq_socket(3)
      // asks for.
      thread = Mutex(try WakeableThread { descriptor in desk.serve(socket, until: descriptor) })
    } catch {
      socket.close()
      throw error
    }
  }

  deinit { stop() }

  /// Ends. Clients that connect from now on are not checked any more, so close the servers first. Blocks for the
  /// moment that it takes; a second call does nothing.
  public func stop() {
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    running?.end()
  }

  /// Who was turned away since the last call, in order; one entry for each attempt, up to a limit of 4096.
  public func takeRefusals() -> [Refusal] {
    desk.refusals.withLock { refusals in
      defer { refusals.removeAll() }
      return refusals
    }
  }
}

/// What the authenticator's thread works with.
private final class Desk: Sendable {
  let users: [String: String]
  let refusals = Mutex<[CurveAuthenticator.Refusal]>([])

  init(users: [String: String]) { self.users = users }

  /// Answers until the descriptor is readable or the context is shut down, and closes the socket.
  func serve(_ socket: Socket, until descriptor: Int32) {
    defer { socket.close() }
    var poller = Poller()
    poller.add(socket)
    let end = poller.add(fileDescriptor: descriptor)
    do {
      while true {
        _ = try poller.wait(timeoutMilliseconds: -1)
        if poller.readiness(at: end) != [] { return }
        while let request = try socket.receiveMultipart(blocking: false) {
          try socket.sendMultipart(answer(request), blocking: false)
        }
      }
    } catch {
      // the context was shut down: nothing is left to be asked about
    }
  }

  /// The reply to a request: version, request id, domain, address, identity, mechanism, and for CURVE a key of 32 bytes.
  private func answer(_ request: [[UInt8]]) -> [[UInt8]] {
    func reply(_ status: String, _ text: String, user: String = "") -> [[UInt8]] {
      ["1.0", nil, status, text, user, ""].map { $0.map { Array($0.utf8) } ?? (request.count > 1 ? request[1] : []) }
    }
    guard request.count == 7, request[0].elementsEqual("1.0".utf8), request[5].elementsEqual("CURVE".utf8),
      let key = CurveKeypair.text(ofKey: request[6])
    else { return reply("400", "only CURVE") }
    if let user = users[key] { return reply("200", "OK", user: user) }
    refusals.withLock { refusals in
      guard refusals.count < CurveAuthenticator.refusalLimit else { return }
      refusals.append(.init(publicKey: key, address: String(decoding: request[3], as: UTF8.self)))
    }
    return reply("400", "not authorised")
  }
}
