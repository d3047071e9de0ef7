import CZeroMQ

/// A ZeroMQ socket. It lives and dies on one thread, and retains its context until it is closed.
///
/// The default linger is 100 ms: closing drops what was not delivered by then, and closing itself never blocks.
public final class Socket {
  /// What a socket talks to, and how (zmq_socket(3)).
  public enum Kind: Sendable, CaseIterable {
    /// One peer, both ways.
    case pair
    /// Sends to all subscribers.
    case pub
    /// Receives what it subscribed to.
    case sub
    /// Sends a request, then receives its reply.
    case req
    /// Receives a request, then sends its reply.
    case rep
    /// Sends to its peers in turn, receives from all.
    case dealer
    /// Receives with the sender's identity in front, sends to the identity in front.
    case router
    /// Receives from PUSH sockets.
    case pull
    /// Sends to PULL sockets in turn.
    case push
    /// A PUB that also receives subscriptions (`SubscriptionChange`).
    case xpub
    /// A SUB that sends its subscriptions as messages.
    case xsub
    /// Bytes from and to TCP peers that do not speak ZeroMQ.
    case stream

    var code: Int32 {
      switch self {
      case .pair: ZMQ_PAIR
      case .pub: ZMQ_PUB
      case .sub: ZMQ_SUB
      case .req: ZMQ_REQ
      case .rep: ZMQ_REP
      case .dealer: ZMQ_DEALER
      case .router: ZMQ_ROUTER
      case .pull: ZMQ_PULL
      case .push: ZMQ_PUSH
      case .xpub: ZMQ_XPUB
      case .xsub: ZMQ_XSUB
      case .stream: ZMQ_STREAM
      }
    }
  }

  /// What the socket was made as.
  public let kind: Kind

  /// libzmq's socket; nil once closed.
  private(set) var handle: UnsafeMutableRawPointer?

  private var context: Context?
  private var isMonitored = false

  /// How long a closed socket goes on delivering, unless told otherwise.
  ///
  /// Not 0: libzmq aborts the whole process (`session_base.cpp`, an assertion in `clean_pipes`) when a connection
  /// breaks in the middle of a message of several frames just after its socket was closed without linger.
  public static let defaultLingerMilliseconds = 100

  /// Opens a socket on the calling thread, with a linger of ``defaultLingerMilliseconds``.
  ///
  /// - Parameters:
  ///   - context: Where it lives.
  ///   - kind: What it talks to.
  /// - Throws: `isTerminated` once the context was shut down; too many open sockets.
  public init(_ context: Context, _ kind: Kind) throws(ZeroMQError) {
    self.kind = kind
    self.context = context
    handle = try context.makeSocket(kind.code)
    do throws(ZeroMQError) {
      try set(.lingerMilliseconds, to: Self.defaultLingerMilliseconds)
    } catch {
      close()
      throw error
    }
  }

  deinit {
    close()
  }

  /// Closes the socket. Does not block; a second call does nothing. Its addresses become free in a moment.
  ///
  /// What was received but not read is lost. What was sent but not delivered is kept for `lingerMilliseconds`.
  /// Every later call on the socket throws an error that `isClosed`.
  public func close() {
    guard let handle else { return }
    stopMonitor()
    zmq_close(handle)
    self.handle = nil
    context = nil
  }

  /// Whether `close` was called.
  public var isClosed: Bool { handle == nil }

  /// Accepts peers at an endpoint.
  ///
  /// An `ipc` path that exists is taken over without a question, even from a live socket of another process: use a
  /// lock of your own where two processes might want the same one. A `tcp` port that is taken is an error.
  ///
  /// - Parameter endpoint: `tcp://127.0.0.1:5550`, `tcp://127.0.0.1:*` for any free port, `ipc:///path` of at most
  ///   107 bytes, `ipc://*` for a path of libzmq's choice, or `inproc://name`.
  /// - Returns: The endpoint that a peer can connect to, wildcards filled in (ZMQ_LAST_ENDPOINT). A socket bound to
  ///   all interfaces says `tcp://0.0.0.0:PORT`.
  /// - Throws: `isAddressInUse`, `isAddressNotAvailable` and others, each with the endpoint.
  @discardableResult
  public func bind(_ endpoint: String) throws(ZeroMQError) -> String {
    guard retryingInterrupts({ zmq_bind(handle, endpoint) }) == 0 else {
      throw ZeroMQError.last("bind", endpoint: endpoint)
    }
    return try get(.lastEndpoint)
  }

  /// Stops accepting peers at an endpoint. Connections that exist are closed, too.
  ///
  /// Does not block: an I/O thread frees the address in a moment, and a bind at once may still find it in use.
  ///
  /// - Parameter endpoint: What `bind` returned.
  /// - Throws: An error with the endpoint when the socket is not bound there.
  public func unbind(_ endpoint: String) throws(ZeroMQError) {
    guard retryingInterrupts({ zmq_unbind(handle, endpoint) }) == 0 else {
      throw ZeroMQError.last("unbind", endpoint: endpoint)
    }
  }

  /// Connects to an endpoint, in the background: there need not be anybody yet, and a lost connection is made anew.
  ///
  /// - Parameter endpoint: `tcp://host:port`, `ipc:///path` or `inproc://name`.
  /// - Throws: An error with the endpoint when it cannot be one.
  public func connect(_ endpoint: String) throws(ZeroMQError) {
    guard retryingInterrupts({ zmq_connect(handle, endpoint) }) == 0 else {
      throw ZeroMQError.last("connect", endpoint: endpoint)
    }
  }

  /// Ends a connection. Messages from it that were not read yet may be lost.
  ///
  /// - Parameter endpoint: As it was given to `connect`.
  /// - Throws: An error with the endpoint when the socket is not connected there.
  public func disconnect(_ endpoint: String) throws(ZeroMQError) {
    guard retryingInterrupts({ zmq_disconnect(handle, endpoint) }) == 0 else {
      throw ZeroMQError.last("disconnect", endpoint: endpoint)
    }
  }

  /// Lets libzmq report events, as messages on a PAIR socket that connects to an `inproc` endpoint.
  func startMonitor(_ endpoint: String, _ events: Int32) throws(ZeroMQError) {
    guard zmq_socket_monitor(handle, endpoint, events) == 0 else {
      throw ZeroMQError.last("monitor", endpoint: endpoint)
    }
    isMonitored = true
  }

  func stopMonitor() {
    guard isMonitored, let handle else { return }
    zmq_socket_monitor(handle, nil, 0)
    isMonitored = false
  }

  /// Calls libzmq again as long as a signal interrupts it.
  @inline(__always)
  func retryingInterrupts(_ call: () -> Int32) -> Int32 {
    while true {
      let result = call()
      if result >= 0 || zmq_errno() != ErrorCode.interrupted { return result }
    }
  }
}
