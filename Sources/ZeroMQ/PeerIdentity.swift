import CZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Message {
  /// The user id that an authenticator gave to whom a received message is from (zmq_msg_gets(3), `User-Id`).
  ///
  /// Means something only on a CURVE server with a ``CurveAuthenticator``: without one a peer can claim any.
  public var userID: String? { zmq_msg_gets(handle, "User-Id").map { String(cString: $0) } }
}

extension Socket {
  /// Receives all frames of a message, as copies, and who sent it.
  ///
  /// - Parameters:
  ///   - frameLimit: How many frames are kept; what is beyond is dropped.
  ///   - blocking: Whether to wait for one.
  /// - Returns: At least one frame, the sender's ``Message/userID`` and ``Message/connection``, and how many bytes and
  ///   frames came, also those that were dropped; nil when there is no message (yet), or none came before the timeout.
  /// - Throws: `isTerminated` once the context was shut down.
  public func receiveAttributed(
    frameLimit: Int = .max, blocking: Bool = true
  ) throws(ZeroMQError) -> Attributed? {
    var message = Message()
    guard try receive(into: &message, blocking: blocking) else { return nil }
    var frames = [message.array]
    var (byteCount, frameCount) = (message.count, 1)
    // Messages arrive whole: the frames after the first are there.
    while message.more, try receive(into: &message) {
      if frames.count < frameLimit { frames.append(message.array) }
      byteCount += message.count
      frameCount += 1
    }
    // a ROUTER makes the first frame itself; the last one is the sender's for certain
    return Attributed(
      frames: frames, userID: message.userID, connection: message.connection, byteCount: byteCount,
      frameCount: frameCount)
  }

  /// A message of several frames, and where it came from.
  public struct Attributed {
    public var frames: [[UInt8]]
    public var userID: String?
    public var connection: Int32?
    public var byteCount: Int
    public var frameCount: Int
  }
}

/// The address at the other end of a TCP connection, without a port, such as `192.168.0.7`.
///
/// - Parameter fileDescriptor: The connection, as in ``SocketMonitor/Event/accepted(fileDescriptor:)``.
/// - Returns: nil where it is gone already; an empty text where it is a connection within this machine (`ipc`).
public func peerAddress(ofConnection fileDescriptor: Int32) -> String? {
  var storage = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  return withUnsafeMutablePointer(to: &storage) { storage -> String? in
    let address = UnsafeMutableRawPointer(storage).assumingMemoryBound(to: sockaddr.self)
    guard getpeername(fileDescriptor, address, &length) == 0 else { return nil }
    let family = Int32(address.pointee.sa_family)
    guard family == AF_INET || family == AF_INET6 else { return "" }
    var text = [CChar](repeating: 0, count: 64)
    guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
    let name = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return name.hasPrefix("::ffff:") ? String(name.dropFirst("::ffff:".count)) : name
  }
}
