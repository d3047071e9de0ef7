/// What a subscriber told an XPUB: the message that the socket receives.
public enum SubscriptionChange: Equatable, Sendable {
  /// A subscription to all topics that begin with these bytes.
  case subscribed(prefix: [UInt8])

  /// The end of a subscription; it also comes when the subscriber leaves.
  case cancelled(prefix: [UInt8])

  /// Reads a message received on an XPUB (ZeroMQ RFC 29: a byte 1 or 0, then the prefix).
  ///
  /// - Parameter bytes: The message's content.
  /// - Returns: nil for anything else, which an XSUB may send as a message of its own.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return nil }
    let prefix = [UInt8](bytes.dropFirst())
    switch first {
    case 1: self = .subscribed(prefix: prefix)
    case 0: self = .cancelled(prefix: prefix)
    default: return nil
    }
  }
}
