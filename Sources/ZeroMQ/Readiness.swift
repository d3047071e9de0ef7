import CZeroMQ

/// What a socket or file descriptor is ready for, or asked about.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: Int16

  public init(rawValue: Int16) {
    self.rawValue = rawValue
  }

  /// A message (or byte) can be received without blocking.
  public static let readable = Readiness(rawValue: Int16(ZMQ_POLLIN))

  /// A message (or byte) can be sent without blocking.
  public static let writable = Readiness(rawValue: Int16(ZMQ_POLLOUT))

  /// A file descriptor has an error or its peer hung up. Never reported for a socket.
  public static let failed = Readiness(rawValue: Int16(ZMQ_POLLERR))
}
