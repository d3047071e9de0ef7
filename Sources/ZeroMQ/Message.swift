import CZeroMQ

/// One frame: bytes that libzmq owns or refers to.
///
/// A message has one owner and may cross threads. Its content may be shared with duplicates and with libzmq's own
/// threads, and is then read-only. Making a message allocates 64 bytes for libzmq's handle (the handle must keep its
/// address, because short content lies inside it); a loop that receives into one message, or sends one again and
/// again, allocates none.
///
/// Running out of memory is a trap, as everywhere in Swift.
// Guard: a noncopyable value has one owner at a time; shared content is counted atomically and never written to.
public struct Message: ~Copyable, @unchecked Sendable {
  let handle: UnsafeMutablePointer<zmq_msg_t>
  private var refersToForeignBytes = false

  /// An empty message, to receive into.
  public init() {
    handle = .allocate(capacity: 1)
    zmq_msg_init(handle)
  }

  /// A message with room for content, to be filled with `withUnsafeMutableBytes`.
  ///
  /// - Parameter count: The length in bytes. The bytes are not initialised.
  public init(count: Int) {
    precondition(count >= 0, "a message of \(count) bytes")
    handle = .allocate(capacity: 1)
    guard zmq_msg_init_size(handle, count) == 0 else { fatalError("out of memory for \(count) bytes") }
  }

  /// A message with a copy of some bytes.
  ///
  /// - Parameter bytes: The content.
  public init(copying bytes: UnsafeRawBufferPointer) {
    self.init(count: bytes.count)
    UnsafeMutableRawBufferPointer(start: zmq_msg_data(handle), count: bytes.count).copyMemory(from: bytes)
  }

  /// A message with a copy of some bytes.
  ///
  /// - Parameter bytes: The content.
  public init(copying bytes: [UInt8]) {
    self.init(count: bytes.count)
    UnsafeMutableRawBufferPointer(start: zmq_msg_data(handle), count: bytes.count).copyBytes(from: bytes)
  }

  /// A message that refers to bytes without copying them (zmq_msg_init_data(3)).
  ///
  /// The owner is retained now, and released once, when the last duplicate is gone and libzmq has written the bytes
  /// to its last peer. That happens on whatever thread is last: often the context's I/O thread, the sending one if
  /// nobody was there to send to, the receiving one over `inproc`. So the owner's `deinit` must neither block nor
  /// use a `Socket` or `Context`, and must not hold the last reference to one.
  ///
  /// Pays off from about 8 KiB; shorter messages libzmq copies anyway.
  ///
  /// - Parameters:
  ///   - bytes: Must stay in place and unchanged until the owner is released.
  ///   - owner: What keeps the bytes in place.
  public init(referencing bytes: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
    handle = .allocate(capacity: 1)
    refersToForeignBytes = true
    let hint = Unmanaged<AnyObject>.passRetained(owner).toOpaque()
    let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    let code = zmq_msg_init_data(
      handle, start, bytes.count, { _, hint in Unmanaged<AnyObject>.fromOpaque(hint!).release() }, hint)
    guard code == 0 else { fatalError("out of memory for a message") }
  }

  private init(adopting handle: UnsafeMutablePointer<zmq_msg_t>, refersToForeignBytes: Bool) {
    self.handle = handle
    self.refersToForeignBytes = refersToForeignBytes
  }

  deinit {
    zmq_msg_close(handle)
    handle.deallocate()
  }

  /// Another message with the same content, shared when it is longer than some 30 bytes (zmq_msg_copy(3)).
  ///
  /// From then on neither may be written to.
  public func duplicate() -> Message {
    let copy = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)
    zmq_msg_init(copy)
    let code = zmq_msg_copy(copy, handle)
    precondition(code == 0, "zmq_msg_copy failed")
    return Message(adopting: copy, refersToForeignBytes: refersToForeignBytes)
  }

  /// The length in bytes.
  public var count: Int { zmq_msg_size(handle) }

  /// Whether another frame of the same multipart message follows a received frame.
  public var more: Bool { zmq_msg_more(handle) == 1 }

  /// Whether the content may be shared with a duplicate or belong to somebody else: it is read-only then.
  public var isShared: Bool { refersToForeignBytes || zmq_msg_get(handle, ZMQ_SHARED) == 1 }

  /// The content, where it lies.
  ///
  /// Valid until the message is destroyed, sent or received into; nothing checks that. `withUnsafeBytes` cannot be
  /// used wrongly by accident.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: zmq_msg_data(handle), count: zmq_msg_size(handle))
  }

  /// The descriptor of the connection that a received message came on, or `nil` where there is none (`inproc`) or it is
  /// not known: what libzmq says when a connection is gone comes on none.
  public var connection: Int32? {
    let descriptor = zmq_msg_get(handle, ZMQ_SRCFD)
    return descriptor >= 0 ? descriptor : nil
  }

  /// A copy of the content.
  public var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// Lends the content.
  ///
  /// - Parameter body: Gets the bytes; the pointer is invalid after it returns.
  public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(bytes)
  }

  /// Lends the content for writing.
  ///
  /// Traps when `isShared`. A message received over `inproc` that its sender duplicated or made from bytes of its
  /// own is shared, too, and libzmq cannot always tell: write to messages that you made.
  ///
  /// - Parameter body: Gets the bytes; the pointer is invalid after it returns.
  public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(!isShared, "this message's bytes are shared and cannot be written to")
    return try body(UnsafeMutableRawBufferPointer(start: zmq_msg_data(handle), count: zmq_msg_size(handle)))
  }

  /// Notes that libzmq has taken the content or put another in its place.
  mutating func contentWasReplaced() {
    refersToForeignBytes = false
  }
}
