import CZeroMQ

/// Receiving. All forms share these rules:
///
/// - A blocking receive waits up to `receiveTimeoutMilliseconds`, by default without end. A signal does not end it: the
///   call is made again, and its timeout begins anew. To look at signal flags, wait with a `Poller` instead.
/// - Everything throws `isTerminated` once the context was shut down.
extension Socket {
  /// Receives a frame.
  ///
  /// - Parameter blocking: Whether to wait for one.
  /// - Returns: nil when there is none (yet), or none came before the timeout.
  public func receive(blocking: Bool = true) throws(ZeroMQError) -> Message? {
    var message = Message()
    guard try receive(into: &message, blocking: blocking) else { return nil }
    return message
  }

  /// Receives a frame in place of a message's content, without an allocation for the handle.
  ///
  /// - Parameters:
  ///   - message: What to receive into. Its old content is dropped either way: it is empty when nothing came.
  ///   - blocking: Whether to wait for one.
  /// - Returns: Whether a frame came; false when there is none (yet), or none came before the timeout.
  public func receive(into message: inout Message, blocking: Bool = true) throws(ZeroMQError) -> Bool {
    let flags = blocking ? 0 : ZMQ_DONTWAIT
    let content = message.handle
    let received = retryingInterrupts { zmq_msg_recv(content, handle, flags) }
    if received < 0 {
      let code = zmq_errno()
      guard code == ErrorCode.again else { throw ZeroMQError(code: code, operation: "receive") }
    }
    message.contentWasReplaced()
    return received >= 0
  }

  /// Receives all frames of a message, as copies.
  ///
  /// - Parameter blocking: Whether to wait for one.
  /// - Returns: At least one frame; nil when there is no message (yet), or none came before the timeout.
  public func receiveMultipart(blocking: Bool = true) throws(ZeroMQError) -> [[UInt8]]? {
    var message = Message()
    guard try receive(into: &message, blocking: blocking) else { return nil }
    var frames = [message.array]
    // Messages arrive whole: the frames after the first are there.
    while message.more, try receive(into: &message) { frames.append(message.array) }
    return frames
  }

  /// Receives and drops what is left of a message that is not wanted.
  ///
  /// - Returns: How many frames were dropped; 0 when the last frame received was a message's last.
  @discardableResult
  public func discardRemainingFrames() throws(ZeroMQError) -> Int {
    guard try hasMore else { return 0 }
    var message = Message()
    var count = 0
    repeat {
      guard try receive(into: &message) else { break }
      count += 1
    } while message.more
    return count
  }

  /// Whether another frame of the message follows the frame received last (ZMQ_RCVMORE).
  public var hasMore: Bool {
    get throws(ZeroMQError) { try get(.receiveMore) }
  }
}
