#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a topic could not be read or written: what was tried, where, what was expected and found, and what to do.
public struct TopicLogError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure that a caller may want to tell apart.
  public enum Code: Equatable, Sendable {
    /// There is no topic, or no file of it, at that path.
    case notFound
    /// Another writer has the topic.
    case locked
    /// The topic belongs to another run, or has other options.
    case identityMismatch
    /// The topic was written in a format that this version does not read.
    case unsupportedFormat
    /// Files contradict themselves or each other.
    case damaged
    /// An offset that the topic does not have.
    case outOfRange
    /// Another topic has taken the place of the one that was opened.
    case replaced
    /// A file became shorter while it was read.
    case shrunk
    /// The topic is complete and takes no more records.
    case sealed
    /// The files were made by hand and are not replaced.
    case madeByHand
    /// The call contradicts its own arguments, or comes too late.
    case misuse
    /// The operating system refused; see ``TopicLogError/errno``.
    case system
  }

  public var code: Code
  /// What was tried, as it follows "cannot": `append to`, `open`.
  public var operation: String
  /// The file or directory that it was tried on.
  public var path: String
  /// The offset of the record concerned, where there is one.
  public var offset: Int?
  /// The operating system's error number, where it was the one to refuse.
  public var errno: Int32?
  public var expected: String?
  public var actual: String?
  /// What to do about it, a sentence without its full stop.
  public var advice: String

  init(
    _ code: Code, _ operation: String, _ path: String, offset: Int? = nil, errno: Int32? = nil,
    expected: String? = nil, actual: String? = nil, advice: String
  ) {
    self.code = code
    self.operation = operation
    self.path = path
    self.offset = offset
    self.errno = errno
    self.expected = expected
    self.actual = actual
    self.advice = advice
  }

  /// What to do about a topic that is damaged: whoever made it can make it again.
  static let writeAnew = "Restore the file from a copy, or remove the topic's folder to have it written anew"

  /// The error that a system call just left behind.
  static func system(_ number: Int32, _ operation: String, _ path: String, offset: Int? = nil) -> TopicLogError {
    let advice =
      switch number {
      case ENOSPC, EDQUOT: "Make room on the file system and try again"
      case EACCES, EPERM, EROFS: "Check the permissions of the file and its directory"
      case EMFILE, ENFILE: "Raise the limit of open files (ulimit -n)"
      case EIO: "Check the disk"
      case ELOOP: "Remove the symbolic link: files that are written are never reached by one"
      case ENOENT: "Check the path, and whether something removed the file"
      default: "Check the path and the file system it lies on"
      }
    return TopicLogError(
      number == ENOENT ? .notFound : .system, operation, path, offset: offset, errno: number, advice: advice)
  }

  public var description: String {
    var text = "cannot \(operation) \(path)"
    if let offset { text += " at offset \(offset)" }
    var reasons: [String] = []
    if let errno { reasons.append("\(String(cString: strerror(errno))) (errno \(errno))") }
    if let expected { reasons.append("expected \(expected)") }
    if let actual { reasons.append("found \(actual)") }
    if !reasons.isEmpty { text += ": " + reasons.joined(separator: ", ") }
    return text + ". \(advice)."
  }
}
