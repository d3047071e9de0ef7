import CZeroMQ

/// Sending. All forms share these rules:
///
/// - `more` says that another frame of the same message follows. A message is delivered whole or not at all.
/// - A blocking send waits while the high-water mark is reached or nobody is connected, up to
///   `sendTimeoutMilliseconds`, and then throws an error that `isAgain`; it never returns false. A signal does not end
///   it: the call is made again, and its timeout begins anew.
/// - A send with `blocking: false` returns false where it would have to wait.
/// - PUB, XPUB (without `xpubNoDrop`) and ROUTER (without `routerMandatory`) do not wait: they drop, silently, what a
///   peer has no room for.
/// - Everything throws `isTerminated` once the context was shut down.
extension Socket {
  /// Sends a frame with a copy of some bytes.
  ///
  /// - Parameters:
  ///   - bytes: The content.
  ///   - more: Whether another frame follows.
  ///   - blocking: Whether to wait for room.
  /// - Returns: Whether it was sent; false only when it would have blocked.
  @discardableResult
  public func send(
    _ bytes: UnsafeRawBufferPointer, more: Bool = false, blocking: Bool = true
  ) throws(ZeroMQError) -> Bool {
    let flags = Self.flags(more: more, blocking: blocking)
    let sent = retryingInterrupts { zmq_send(handle, bytes.baseAddress, bytes.count, flags) }
    return sent >= 0 ? true : try wouldBlock("send", blocking)
  }

  /// Sends a frame with a copy of some bytes.
  ///
  /// - Parameters:
  ///   - bytes: The content.
  ///   - more: Whether another frame follows.
  ///   - blocking: Whether to wait for room.
  /// - Returns: Whether it was sent; false only when it would have blocked.
  @discardableResult
  public func send(_ bytes: [UInt8], more: Bool = false, blocking: Bool = true) throws(ZeroMQError) -> Bool {
    try bytes.withUnsafeBufferPointer { (bytes) throws(ZeroMQError) in
      try send(UnsafeRawBufferPointer(bytes), more: more, blocking: blocking)
    }
  }

  /// Sends a frame with the UTF-8 of a text.
  ///
  /// - Parameters:
  ///   - text: The content; without a NUL at its end.
  ///   - more: Whether another frame follows.
  ///   - blocking: Whether to wait for room.
  /// - Returns: Whether it was sent; false only when it would have blocked.
  @discardableResult
  public func send(_ text: String, more: Bool = false, blocking: Bool = true) throws(ZeroMQError) -> Bool {
    try send([UInt8](text.utf8), more: more, blocking: blocking)
  }

  /// Sends a message without copying it, and gives it up: whatever was not sent is destroyed.
  ///
  /// - Parameters:
  ///   - message: The frame.
  ///   - more: Whether another frame follows.
  ///   - blocking: Whether to wait for room.
  /// - Returns: Whether it was sent; false only when it would have blocked. To try again then, use the `inout` form.
  @discardableResult
  public func send(
    _ message: consuming Message, more: Bool = false, blocking: Bool = true
  ) throws(ZeroMQError) -> Bool {
    try send(&message, more: more, blocking: blocking)
  }

  /// Sends a message without copying it, and leaves an empty one that can be received into.
  ///
  /// - Parameters:
  ///   - message: The frame; as it was when it could not be sent.
  ///   - more: Whether another frame follows.
  ///   - blocking: Whether to wait for room.
  /// - Returns: Whether it was sent; false only when it would have blocked.
  @discardableResult
  public func send(
    _ message: inout Message, more: Bool = false, blocking: Bool = true
  ) throws(ZeroMQError) -> Bool {
    let flags = Self.flags(more: more, blocking: blocking)
    let content = message.handle
    guard retryingInterrupts({ zmq_msg_send(content, handle, flags) }) >= 0 else {
      return try wouldBlock("send", blocking)
    }
    message.contentWasReplaced()
    return true
  }

  /// Sends a message of several frames, with copies of the bytes.
  ///
  /// - Parameters:
  ///   - frames: At least one.
  ///   - blocking: Whether to wait for room for the message.
  /// - Returns: Whether it was sent; false only when it would have blocked, and then no frame was sent.
  @discardableResult
  public func sendMultipart(_ frames: [[UInt8]], blocking: Bool = true) throws(ZeroMQError) -> Bool {
    precondition(!frames.isEmpty, "a message has at least one frame")
    for (index, frame) in frames.enumerated() {
      // Room is a matter of the first frame; blocking on the others lets libzmq finish what it has begun.
      let sent = try send(frame, more: index + 1 < frames.count, blocking: blocking || index > 0)
      if !sent { return false }
    }
    return true
  }

  private static func flags(more: Bool, blocking: Bool) -> Int32 {
    (more ? ZMQ_SNDMORE : 0) | (blocking ? 0 : ZMQ_DONTWAIT)
  }

  /// False for a non-blocking call that found no room, an error for everything else.
  private func wouldBlock(_ operation: String, _ blocking: Bool) throws(ZeroMQError) -> Bool {
    let code = zmq_errno()
    guard code == ErrorCode.again, !blocking else { throw ZeroMQError(code: code, operation: operation) }
    return false
  }
}
