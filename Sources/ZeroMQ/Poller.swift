import CZeroMQ

/// Waits until one of several sockets and file descriptors is ready (zmq_poll(3)).
///
/// Lives on the thread of its sockets, which it retains. Up to 16 entries a wait allocates nothing.
public struct Poller {
  private var items: [zmq_pollitem_t] = []
  private var sockets: [Socket?] = []

  /// A poller of nothing.
  public init() {}

  /// How many entries were added.
  public var count: Int { items.count }

  /// Adds a socket.
  ///
  /// - Parameters:
  ///   - socket: A socket of this thread.
  ///   - interest: What to wait for.
  /// - Returns: The entry's index.
  @discardableResult
  public mutating func add(_ socket: Socket, _ interest: Readiness = .readable) -> Int {
    append(zmq_pollitem_t(socket: socket.handle, fd: 0, events: interest.rawValue, revents: 0), socket)
  }

  /// Adds a file descriptor: a terminal, a pipe, a signal's self-pipe.
  ///
  /// - Parameters:
  ///   - fileDescriptor: An open one; it stays the caller's.
  ///   - interest: What to wait for.
  /// - Returns: The entry's index.
  @discardableResult
  public mutating func add(fileDescriptor: Int32, _ interest: Readiness = .readable) -> Int {
    append(zmq_pollitem_t(socket: nil, fd: fileDescriptor, events: interest.rawValue, revents: 0), nil)
  }

  /// Changes what an entry is waited for; with nothing (`[]`) it is left out of the following waits.
  ///
  /// - Parameters:
  ///   - interest: What to wait for from now on.
  ///   - index: What `add` returned.
  public mutating func setInterest(_ interest: Readiness, at index: Int) {
    items[index].events = interest.rawValue
    items[index].revents = 0
  }

  /// Forgets all entries.
  public mutating func removeAll() {
    items.removeAll(keepingCapacity: true)
    sockets.removeAll(keepingCapacity: true)
  }

  /// Waits until an entry is ready. Blocks up to the timeout.
  ///
  /// A signal ends the wait early with 0, as if nothing were ready, so that the caller can look at its flags.
  ///
  /// - Parameter timeoutMilliseconds: How long to wait; 0 only looks, -1 waits without end.
  /// - Returns: How many entries are ready.
  /// - Throws: `isTerminated` once the context was shut down, `isClosed` if a socket was closed in the meantime.
  public mutating func wait(timeoutMilliseconds: Int) throws(ZeroMQError) -> Int {
    for index in items.indices {
      if let socket = sockets[index], socket.handle == nil { try dropClosedSocket(at: index) }
    }
    let count = Int32(items.count)
    let ready = items.withUnsafeMutableBufferPointer { items in
      zmq_poll(items.baseAddress, count, timeoutMilliseconds)
    }
    if ready >= 0 { return Int(ready) }
    let code = zmq_errno()
    for index in items.indices { items[index].revents = 0 }
    guard code == ErrorCode.interrupted else { throw ZeroMQError(code: code, operation: "poll") }
    return 0
  }

  /// What the last wait found an entry ready for.
  ///
  /// - Parameter index: What `add` returned.
  public func readiness(at index: Int) -> Readiness {
    Readiness(rawValue: items[index].revents)
  }

  /// Whether the last wait found something to receive.
  ///
  /// - Parameter index: What `add` returned.
  public func isReadable(at index: Int) -> Bool {
    readiness(at: index).contains(.readable)
  }

  /// Whether the last wait found room to send.
  ///
  /// - Parameter index: What `add` returned.
  public func isWritable(at index: Int) -> Bool {
    readiness(at: index).contains(.writable)
  }

  /// Whether the last wait found a file descriptor failed or hung up.
  ///
  /// - Parameter index: What `add` returned.
  public func isFailed(at index: Int) -> Bool {
    readiness(at: index).contains(.failed)
  }

  /// Makes sure that libzmq never sees a closed socket: the system's poll ignores the descriptor -1.
  private mutating func dropClosedSocket(at index: Int) throws(ZeroMQError) {
    guard items[index].events == 0 else {
      throw ZeroMQError(code: ErrorCode.notASocket, operation: "poll entry \(index)")
    }
    items[index].socket = nil
    items[index].fd = -1
  }

  private mutating func append(_ item: zmq_pollitem_t, _ socket: Socket?) -> Int {
    items.append(item)
    sockets.append(socket)
    return items.count - 1
  }
}
