import CZeroMQ
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The home of sockets: their I/O threads and their `inproc` names. Usually one per process.
///
/// Every open socket retains its context. A context that nobody refers to any more is terminated without ever
/// blocking its last user: a thread of its own waits for what closed sockets have left to deliver.
///
/// A forked child must not use its parent's context.
// Guard: `phase` is behind a mutex, and libzmq's contexts are thread-safe (zmq_ctx_new(3)) until terminated.
public final class Context: @unchecked Sendable {
  private enum Phase {
    case open
    case terminated
  }

  private let handle: UnsafeMutableRawPointer
  private let phase = Mutex(Phase.open)

  /// Makes a context. Its threads start with its first socket.
  ///
  /// - Parameters:
  ///   - ioThreads: How many threads move bytes; one is good for about a gigabyte per second. With 0, only `inproc`
  ///     works.
  ///   - maxSockets: How many sockets may be open at a time; nil for libzmq's own limit of 1023.
  /// - Throws: `isInvalidArgument` for a number that is not allowed.
  public init(ioThreads: Int = 1, maxSockets: Int? = nil) throws(ZeroMQError) {
    guard let handle = zmq_ctx_new() else { throw ZeroMQError.last("make a context") }
    do throws(ZeroMQError) {
      try Self.set(handle, ZMQ_IO_THREADS, to: ioThreads, name: "ioThreads")
      if let maxSockets { try Self.set(handle, ZMQ_MAX_SOCKETS, to: maxSockets, name: "maxSockets") }
    } catch {
      terminateBlocking(handle)
      throw error
    }
    self.handle = handle
  }

  deinit {
    guard phase.withLock({ $0 }) == .open else { return }
    terminateOnOwnThread(handle)
  }

  /// Wakes every blocked send, receive and poll of this context's sockets, on any thread, with an error that
  /// `isTerminated`. From then on a socket can only be closed, and no new one can be made.
  ///
  /// Does not block, and may be called more than once. Not for signal handlers.
  public func shutdown() {
    phase.withLock { phase in
      if phase == .open { _ = zmq_ctx_shutdown(handle) }
    }
  }

  /// Shuts down, then waits until every socket is closed and its linger is over.
  ///
  /// Blocks, forever if the calling thread itself keeps a socket open. Rarely needed: releasing the context does the
  /// same without blocking. A second call returns at once.
  public func terminate() {
    let isFirst = phase.withLock { phase in
      defer { phase = .terminated }
      return phase == .open
    }
    if isFirst { terminateBlocking(handle) }
  }

  /// Makes a libzmq socket, as an address that `Socket` makes a pointer of.
  func makeSocket(_ kind: Int32) throws(ZeroMQError) -> UnsafeMutableRawPointer {
    let (address, code) = phase.withLock { phase -> (Int, Int32) in
      guard phase == .open else { return (0, ErrorCode.terminated) }
      let socket = zmq_socket(handle, kind)
      return (Int(bitPattern: socket), zmq_errno())
    }
    guard let socket = UnsafeMutableRawPointer(bitPattern: address) else {
      throw ZeroMQError(code: code, operation: "open a socket")
    }
    return socket
  }

  private static func set(
    _ handle: UnsafeMutableRawPointer, _ option: Int32, to value: Int, name: String
  ) throws(ZeroMQError) {
    guard let number = Int32(exactly: value) else {
      throw ZeroMQError(code: ErrorCode.invalidArgument, operation: "set \(name) to \(value)")
    }
    guard zmq_ctx_set(handle, option, number) == 0 else { throw ZeroMQError.last("set \(name) to \(value)") }
  }
}

/// Terminates a context and frees it. Blocks while it has open or lingering sockets.
private func terminateBlocking(_ handle: UnsafeMutableRawPointer?) {
  while zmq_ctx_term(handle) != 0, zmq_errno() == ErrorCode.interrupted {}
}

/// Terminates a context on a detached thread, so that nobody waits for a peer that may never come.
private func terminateOnOwnThread(_ handle: UnsafeMutableRawPointer) {
  #if canImport(Darwin)
    var thread: pthread_t?
  #else
    var thread = pthread_t()
  #endif
  let code = pthread_create(
    &thread, nil,
    { handle in
      terminateBlocking(handle)
      return nil
    }, handle)
  // Without a thread the context stays until the process ends, which still delivers what lingers.
  guard code == 0 else { return }
  #if canImport(Darwin)
    if let thread { pthread_detach(thread) }
  #else
    pthread_detach(thread)
  #endif
}
