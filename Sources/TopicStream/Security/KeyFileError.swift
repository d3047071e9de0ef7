#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a key file cannot be used: the file, what is wrong with it, and what to do. Shows no key.
public struct KeyFileError: Error, Equatable, CustomStringConvertible {
  public enum Reason: Error, Equatable, Sendable {
    /// What was being done, and the `errno` value.
    case system(String, Int32)
    case notAFile
    case exists
    case readableByOthers
    case writableByOthers
    case tooLong(_ limitBytes: Int)
    case isOtherHalf(wanted: KeyFileText.Kind)
    case noKey
    case severalKeys
    case wrongLength(Int)
    case notZ85
    case noCurve(String)
    case line(AuthorizedKeys.LineError)
  }

  public var path: String
  public var reason: Reason

  public init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  public var description: String {
    switch reason {
    case .system(let operation, let code): "cannot \(operation) \(path): \(String(cString: strerror(code)))"
    case .notAFile: "\(path) is no regular file, but keys lie in files"
    case .exists: "\(path) is there already, and a key that is lost does not come back: choose another path"
    case .readableByOthers: "\(path) is a secret key that others may read: chmod 600 \(path)"
    case .writableByOthers: "everybody may write to \(path), and so let themselves in: chmod o-w \(path)"
    case .tooLong(let limit): "\(path) is no key file: it has more than \(limit) bytes"
    case .isOtherHalf(.secret): "\(path) is a public key, but the secret one is needed, which ends with .key"
    case .isOtherHalf(.public):
      "\(path) is a secret key, but the public one is needed, which ends with .pub; the secret one stays where it is"
    case .noKey: "\(path) is no key file: there is no key in it, of 40 characters"
    case .severalKeys: "\(path) is no key file: there is more than one key in it"
    case .wrongLength(let count): "\(path) is no key file: the key has \(count) characters, not 40"
    case .notZ85: "\(path) is no key file: a character of the key is not of Z85"
    case .noCurve(let message): "\(path): libzmq cannot use keys (\(message)): it was built without CURVE"
    case .line(let error): "\(path), \(error)"
    }
  }
}
