import CZeroMQ

/// What libzmq refused, where, and why.
public struct ZeroMQError: Error, Equatable, CustomStringConvertible {
  /// The `errno` value: one of the system's, or one of libzmq's own (from 156384712 up).
  public let code: Int32

  /// What was being done, in words, for example `bind` or `set sendHighWaterMark to -5`.
  public let operation: String

  /// The endpoint it was done to, or nil where none was involved.
  public let endpoint: String?

  /// Makes an error from its parts.
  ///
  /// - Parameters:
  ///   - code: An `errno` value.
  ///   - operation: What was being done.
  ///   - endpoint: The endpoint it was done to, if any.
  public init(code: Int32, operation: String, endpoint: String? = nil) {
    self.code = code
    self.operation = operation
    self.endpoint = endpoint
  }

  /// The text `zmq_strerror` has for the code.
  public var message: String {
    String(cString: zmq_strerror(code))
  }

  /// One line: operation, endpoint, message, and what to do where that is known.
  public var description: String {
    let subject = endpoint.map { "\(operation) \($0)" } ?? operation
    guard let advice else { return "\(subject): \(message)" }
    return "\(subject): \(message) (\(advice))"
  }

  /// Whether somebody else holds the address (`EADDRINUSE`).
  public var isAddressInUse: Bool { code == ErrorCode.addressInUse }

  /// Whether the address is not one of this machine's (`EADDRNOTAVAIL`, or `ENODEV` for an unknown interface).
  public var isAddressNotAvailable: Bool {
    code == ErrorCode.addressNotAvailable || code == ErrorCode.noDevice
  }

  /// Whether the context was shut down (`ETERM`): close the socket and leave the thread.
  public var isTerminated: Bool { code == ErrorCode.terminated }

  /// Whether a send gave up because its timeout passed (`EAGAIN`).
  public var isAgain: Bool { code == ErrorCode.again }

  /// Whether a signal interrupted the call (`EINTR`). Sends, receives and polls never throw it.
  public var isInterrupted: Bool { code == ErrorCode.interrupted }

  /// Whether an argument or an option's value is not allowed (`EINVAL`).
  public var isInvalidArgument: Bool { code == ErrorCode.invalidArgument }

  /// Whether a ROUTER with `routerMandatory` does not know the peer (`EHOSTUNREACH`).
  public var isHostUnreachable: Bool { code == ErrorCode.hostUnreachable }

  /// Whether the socket's kind does not allow the call now, as a second request on a REQ (`EFSM`).
  public var isWrongState: Bool { code == ErrorCode.wrongState }

  /// Whether the socket's kind does not know the call at all, as a send on a SUB (`ENOTSUP`).
  public var isNotSupported: Bool { code == ErrorCode.notSupported }

  /// Whether the socket is closed (`ENOTSOCK`).
  public var isClosed: Bool { code == ErrorCode.notASocket }

  /// The error of the libzmq call that this thread made last.
  static func last(_ operation: String, endpoint: String? = nil) -> ZeroMQError {
    ZeroMQError(code: zmq_errno(), operation: operation, endpoint: endpoint)
  }

  private var advice: String? {
    switch code {
    case ErrorCode.addressInUse: "another socket is bound there; stop it or choose another address"
    case ErrorCode.addressNotAvailable, ErrorCode.noDevice: "bind to an address of this machine, or to *"
    case ErrorCode.nameTooLong: "a socket's path has at most 107 bytes; choose a shorter folder"
    case ErrorCode.noEntry where endpoint != nil: "does its folder exist?"
    case ErrorCode.permissionDenied: "check the rights on its folder, or take a port above 1023"
    case ErrorCode.protocolNotSupported: "endpoints begin with tcp://, ipc:// or inproc://"
    case ErrorCode.invalidArgument where endpoint != nil: "expected tcp://HOST:PORT, ipc://PATH or inproc://NAME"
    case ErrorCode.tooManySockets: "raise maxSockets or the limit of open files"
    case ErrorCode.notASocket: "the socket is closed"
    default: nil
    }
  }
}
