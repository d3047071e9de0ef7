import CZeroMQ
import Synchronization

/// Tells how the connections of a socket fare (zmq_socket_monitor(3)): made, agreed on keys, refused, lost.
///
/// Lives on the socket's thread, and retains it. Reading events often is a kindness to memory; nothing waits for it.
public final class SocketMonitor {
  public enum Event: Sendable, Equatable {
    /// A server has a new connection, with this descriptor, which is libzmq's.
    case accepted(fileDescriptor: Int32)
    /// A client has a connection; nothing was said on it yet.
    case connected
    /// Both sides have agreed on how to speak: messages flow.
    case agreed
    /// The connection broke while the two sides were still agreeing on how to speak.
    case brokenOff
    /// The two sides cannot speak with each other.
    case failed(Failure)
    /// The connection with this descriptor is gone.
    case disconnected(fileDescriptor: Int32)
  }

  /// Why two sides cannot speak with each other. libzmq's clients do not try again after such a failure.
  public enum Failure: Sendable, Equatable {
    /// One has keys (or a password) and the other has not.
    case mechanismMismatch
    /// What came could not be decrypted: the client believes the server to have another key.
    case cryptography
    /// The server's authenticator turned the client away, with the status of ZeroMQ RFC 27: 300, 400 or 500.
    case refused(status: Int)
    /// Something that is no ZeroMQ peer, or breaks its protocol.
    case protocolViolation
  }

  private static let number = Atomic(0)
  private let socket: Socket
  private let events: Socket

  /// Begins to watch. Before the socket binds or connects, so that nothing is missed.
  ///
  /// - Parameters:
  ///   - socket: The one to watch; it can have one monitor.
  ///   - context: The socket's own.
  /// - Throws: `isTerminated`, or too many open sockets.
  public init(_ socket: Socket, context: Context) throws(ZeroMQError) {
    self.socket = socket
    events = try Socket(context, .pair)
    // libzmq's I/O thread would wait for room, and with it all other sockets
    try events.set(.receiveHighWaterMark, to: 0)
    let endpoint = "inproc://daylapse-monitor-\(Self.number.add(1, ordering: .relaxed).newValue)"
    try socket.startMonitor(
      endpoint,
      ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
    do throws(ZeroMQError) {
      try events.connect(endpoint)
    } catch {
      socket.stopMonitor()
      throw error
    }
  }

  deinit { close() }

  /// Ends watching. Does not block; a second call does nothing.
  public func close() {
    guard !events.isClosed else { return }
    // in this order: libzmq would wait for ever to tell a monitor that is gone
    socket.stopMonitor()
    events.close()
  }

  /// Adds it to a poller, which wakes up when there is something to tell.
  public func add(to poller: inout Poller) { poller.add(events) }

  /// The next thing that has happened; nil when there is none (yet). Does not block.
  ///
  /// - Throws: `isTerminated` once the context was shut down.
  public func next() throws(ZeroMQError) -> Event? {
    while !events.isClosed, let frames = try events.receiveMultipart(blocking: false) {
      guard let frame = frames.first, frame.count == 6 else { continue }
      let (kind, value) = frame.withUnsafeBytes {
        (Int32($0.loadUnaligned(as: UInt16.self)), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
      }
      if let event = Self.event(kind, value) { return event }
    }
    return nil
  }

  private static func event(_ kind: Int32, _ value: Int32) -> Event? {
    switch kind {
    case ZMQ_EVENT_ACCEPTED: .accepted(fileDescriptor: value)
    case ZMQ_EVENT_CONNECTED: .connected
    case ZMQ_EVENT_DISCONNECTED: .disconnected(fileDescriptor: value)
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .agreed
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: .brokenOff
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .failed(.refused(status: Int(value)))
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      switch value {
      case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: .failed(.mechanismMismatch)
      case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: .failed(.cryptography)
      default: .failed(.protocolViolation)
      }
    default: nil
    }
  }
}
