import CZeroMQ
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bounds what the peers of server sockets can take of a process: how many connect over TCP, and how much of what they
/// send waits in memory.
///
/// libzmq accepts whoever comes, and keeps a message of ever so many frames until it is whole. So a thread of its own
/// hears of every connection, whatever the sockets' thread is busy with, and shuts those down that are too many or send
/// too much; libzmq then drops them as it drops any that breaks.
public final class ConnectionGuard {
  /// What is allowed on one socket.
  public struct Limits: Sendable {
    /// TCP connections at a time.
    public var connections: Int
    /// Bytes of a TCP connection that libzmq has read and nobody has received yet.
    public var waitingBytes: Int
    /// The same of all connections together: where it is more, those that have a sixteenth of it waiting are shut down.
    public var waitingBytesOfAll: Int

    public init(connections: Int, waitingBytes: Int, waitingBytesOfAll: Int) {
      self.connections = connections
      self.waitingBytes = waitingBytes
      self.waitingBytesOfAll = waitingBytesOfAll
    }
  }

  /// What happened to a socket's connections, in order.
  public enum News: Sendable, Equatable {
    case monitored(SocketMonitor.Event)
    /// With the peer's address, where it could still be asked for.
    case accepted(fileDescriptor: Int32, address: String?)
  }

  /// So much news is kept for whoever asks for it.
  private static let newsLimit = 4096
  private static let tickMilliseconds = 20

  private let monitors: [SocketMonitor]
  private let desk: Desk
  private var thread: WakeableThread?

  /// Begins to watch. Before the sockets bind.
  ///
  /// - Parameter keepsNews: Whether ``takeNews()`` is asked.
  /// - Throws: what keeps a socket from being watched, or a thread from being started.
  public init(context: Context, sockets: [(socket: Socket, limits: Limits)], keepsNews: Bool) throws(ZeroMQError) {
    var monitors: [SocketMonitor] = []
    for (socket, _) in sockets { monitors.append(try SocketMonitor(socket, context: context)) }
    self.monitors = monitors
    desk = Desk(limits: sockets.map(\.limits), keepsNews: keepsNews)
    let desk = desk
    // the thread takes the monitors over until it has ended; starting it is the fence that zmq_socket(3) asks for
    thread = try WakeableThread { descriptor in desk.watch(monitors, until: descriptor) }
  }

  deinit { close() }

  /// Ends. Blocks for the moment that it takes; a second call does nothing.
  public func close() {
    thread?.end()
    thread = nil
    for monitor in monitors { monitor.close() }
  }

  /// Notes that something was received, so that it does not wait any more.
  ///
  /// - Parameters:
  ///   - connection: As a message says where it came from.
  ///   - frames: In how many frames: each costs some bytes more on the wire.
  public func received(bytes: Int, frames: Int, from connection: Int32?) {
    guard let connection else { return }
    desk.state.withLock { $0.connections[connection]?.receivedBytes += bytes + frames * 64 }
  }

  /// Counts the subscriptions of a connection, and shuts it down once they are more, or longer, than allowed.
  ///
  /// - Returns: Whether they are within the limits.
  public func subscribed(
    _ count: Int, bytes: Int, from connection: Int32?, countLimit: Int, byteLimit: Int
  ) -> Bool {
    guard let connection else { return true }
    return desk.state.withLock { state in
      guard var known = state.connections[connection] else { return true }
      known.subscriptionCount += count
      known.subscriptionBytes += bytes
      var isTooMuch = known.subscriptionCount > countLimit || known.subscriptionBytes > byteLimit
      if isTooMuch, let read = bytesRead(connection), read < known.subscriptionBytes {
        // so much has not come on it: it was on one before that had the same descriptor
        (known.subscriptionCount, known.subscriptionBytes, isTooMuch) = (0, 0, false)
      }
      if isTooMuch { known.shutDown(connection) }
      state.connections[connection] = known
      return !isTooMuch
    }
  }

  /// Tells a connection from later ones with the same descriptor; `nil` where it is not known (yet).
  public func serial(of connection: Int32?) -> Int? {
    guard let connection else { return nil }
    return desk.state.withLock { $0.connections[connection]?.serial }
  }

  /// How many connections were shut down because there were too many, or they sent too much.
  public var refusedCounts: (tooMany: Int, tooMuch: Int) {
    desk.state.withLock { ($0.tooManyCount, $0.tooMuchCount) }
  }

  /// What has happened since this was called last, socket by socket.
  public func takeNews() -> [(socket: Int, news: News)] {
    desk.state.withLock { state in
      defer { state.news.removeAll(keepingCapacity: true) }
      return state.news
    }
  }

  /// What is known of a connection.
  private struct Connection {
    let serial: Int
    var socket: Int
    var isTCP: Bool
    /// This side's port, so that a descriptor that belongs to something else by now is left alone.
    var port: UInt16?
    var receivedBytes = 0
    var subscriptionCount = 0
    var subscriptionBytes = 0
    var isShutDown = false

    mutating func shutDown(_ descriptor: Int32) {
      guard !isShutDown, !isTCP || localPort(descriptor) == port else { return }
      isShutDown = true
      shutdown(descriptor, Int32(SHUT_RDWR))
    }
  }

  private struct State {
    var connections: [Int32: Connection] = [:]
    /// TCP connections of each socket.
    var counts: [Int]
    var news: [(socket: Int, news: News)] = []
    var lastSerial = 0
    var tooManyCount = 0
    var tooMuchCount = 0
  }

  /// What both threads work with.
  private final class Desk: Sendable {
    let limits: [Limits]
    let keepsNews: Bool
    let state: Mutex<State>

    init(limits: [Limits], keepsNews: Bool) {
      self.limits = limits
      self.keepsNews = keepsNews
      state = Mutex(State(counts: Array(repeating: 0, count: limits.count)))
    }

    func watch(_ monitors: [SocketMonitor], until descriptor: Int32) {
      var poller = Poller()
      for monitor in monitors { monitor.add(to: &poller) }
      let end = poller.add(fileDescriptor: descriptor)
      do {
        while true {
          let isQuiet = state.withLock { $0.counts.allSatisfy { $0 == 0 } }
          _ = try poller.wait(timeoutMilliseconds: isQuiet ? -1 : ConnectionGuard.tickMilliseconds)
          if poller.readiness(at: end) != [] { return }
          for (index, monitor) in monitors.enumerated() {
            while let event = try monitor.next() { note(event, of: index) }
          }
          if !isQuiet { state.withLock { look(into: &$0) } }
        }
      } catch {
        // the context was shut down: nobody connects any more
      }
    }

    private func note(_ event: SocketMonitor.Event, of socket: Int) {
      var news = News.monitored(event)
      state.withLock { state in
        switch event {
        case .accepted(let descriptor):
          news = .accepted(fileDescriptor: descriptor, address: keepsNews ? peerAddress(ofConnection: descriptor) : nil)
          forget(descriptor, in: &state)
          let port = localPort(descriptor)
          state.lastSerial += 1
          var connection = Connection(serial: state.lastSerial, socket: socket, isTCP: port != nil, port: port)
          if connection.isTCP {
            state.counts[socket] += 1
            if state.counts[socket] > limits[socket].connections {
              state.tooManyCount += 1
              connection.shutDown(descriptor)
            }
          }
          state.connections[descriptor] = connection
        case .disconnected(let descriptor): forget(descriptor, in: &state)
        default: break
        }
        if keepsNews, state.news.count < ConnectionGuard.newsLimit { state.news.append((socket, news)) }
      }
    }

    private func forget(_ descriptor: Int32, in state: inout State) {
      guard let old = state.connections.removeValue(forKey: descriptor), old.isTCP else { return }
      state.counts[old.socket] -= 1
    }

    /// Shuts down connections of which too much waits.
    private func look(into state: inout State) {
      var waiting: [(descriptor: Int32, socket: Int, bytes: Int)] = []
      var sums = Array(repeating: 0, count: limits.count)
      for (descriptor, connection) in state.connections where connection.isTCP && !connection.isShutDown {
        guard let read = bytesRead(descriptor) else { continue }
        // what frames cost on the wire was taken for more than it is
        if connection.receivedBytes > read { state.connections[descriptor]?.receivedBytes = read }
        let bytes = max(0, read - connection.receivedBytes)
        waiting.append((descriptor, connection.socket, bytes))
        sums[connection.socket] += bytes
      }
      for (descriptor, socket, bytes) in waiting {
        let limits = limits[socket]
        let isCrowded = sums[socket] > limits.waitingBytesOfAll && bytes > limits.waitingBytesOfAll / 16
        guard bytes > limits.waitingBytes || isCrowded else { continue }
        state.tooMuchCount += 1
        state.connections[descriptor]?.shutDown(descriptor)
      }
    }
  }
}

/// The port of this side of a TCP connection; `nil` where it is none.
private func localPort(_ descriptor: Int32) -> UInt16? {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  return withUnsafeMutablePointer(to: &storage) { storage -> UInt16? in
    let address = UnsafeMutableRawPointer(storage)
    guard getsockname(descriptor, address.assumingMemoryBound(to: sockaddr.self), &length) == 0 else { return nil }
    switch Int32(storage.pointee.ss_family) {
    case AF_INET: return address.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_port
    case AF_INET6: return address.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_port
    default: return nil
    }
  }
}

/// How many bytes of a TCP connection this process has read; `nil` where the system does not tell.
private func bytesRead(_ descriptor: Int32) -> Int? {
  #if os(Linux)
    // struct tcp_info of linux/tcp.h, whose later members the C library's header may lack
    let (tcpInfo, bytesReceivedAt): (Int32, Int) = (11, 128)
    var info = [UInt8](repeating: 0, count: 256)
    var length = socklen_t(info.count)
    guard getsockopt(descriptor, Int32(IPPROTO_TCP), tcpInfo, &info, &length) == 0, Int(length) >= bytesReceivedAt + 8
    else { return nil }
    var waiting: Int32 = 0
    guard ioctl(descriptor, UInt(FIONREAD), &waiting) == 0 else { return nil }
    let received = info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: bytesReceivedAt, as: UInt64.self) }
    return max(0, Int(clamping: received) - Int(waiting))
  #else
    return nil
  #endif
}
