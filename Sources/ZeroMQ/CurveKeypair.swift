import CZeroMQ

/// A CURVE key pair, as 40 characters of Z85 each (ZeroMQ RFC 26 and RFC 32).
public struct CurveKeypair: Sendable, Equatable, CustomStringConvertible {
  /// What others may know.
  public let publicKey: String

  /// What must stay on this machine.
  public let secretKey: String

  /// Takes a pair as it was kept.
  ///
  /// - Parameters:
  ///   - publicKey: 40 characters of Z85.
  ///   - secretKey: 40 characters of Z85.
  public init(publicKey: String, secretKey: String) {
    self.publicKey = publicKey
    self.secretKey = secretKey
  }

  /// Derives the public key from a secret one.
  ///
  /// - Parameter secretKey: 40 characters of Z85.
  /// - Throws: `isInvalidArgument` when the text is no key, `isNotSupported` without CURVE in libzmq.
  public init(secretKey: String) throws(ZeroMQError) {
    guard secretKey.utf8.count == Self.characterCount else {
      throw ZeroMQError(
        code: ErrorCode.invalidArgument,
        operation: "derive a CURVE public key from \(secretKey.utf8.count) characters (expected 40)")
    }
    var key = [CChar](repeating: 0, count: Self.characterCount + 1)
    guard zmq_curve_public(&key, secretKey) == 0 else {
      throw ZeroMQError.last("derive a CURVE public key")
    }
    self.init(publicKey: Self.text(key), secretKey: secretKey)
  }

  /// The public key only, so that a log never shows the secret one.
  public var description: String { "CURVE \(publicKey)" }

  /// Whether a text has the form of a key, public or secret: 40 characters of Z85 (ZeroMQ RFC 32).
  ///
  /// - Parameter text: Is not kept, nor shown anywhere.
  public static func isKey(_ text: String) -> Bool {
    guard text.utf8.count == characterCount else { return false }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    return zmq_z85_decode(&bytes, text) != nil
  }

  static let characterCount = 40
  static let byteCount = 32

  /// The characters of Z85 for a key in binary; nil where it has not 32 bytes.
  static func text(ofKey bytes: [UInt8]) -> String? {
    guard bytes.count == byteCount else { return nil }
    var text = [CChar](repeating: 0, count: characterCount + 1)
    guard zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
    return self.text(text)
  }

  static func text(_ key: [CChar]) -> String {
    String(decoding: key.prefix(characterCount).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// Makes a new CURVE key pair from the system's randomness.
///
/// - Throws: `isNotSupported` when libzmq was built without CURVE.
public func curveKeypair() throws(ZeroMQError) -> CurveKeypair {
  var publicKey = [CChar](repeating: 0, count: CurveKeypair.characterCount + 1)
  var secretKey = publicKey
  guard zmq_curve_keypair(&publicKey, &secretKey) == 0 else {
    throw ZeroMQError.last("make a CURVE key pair")
  }
  return CurveKeypair(publicKey: CurveKeypair.text(publicKey), secretKey: CurveKeypair.text(secretKey))
}
