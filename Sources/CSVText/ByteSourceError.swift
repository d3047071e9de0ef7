#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why an input file could not be read: which file, where, and what to do.
public struct ByteSourceError: Error, Equatable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Equatable, Sendable {
    /// The file cannot be opened; the system's error number.
    case cannotOpen(code: Int32)
    /// The file cannot be read on; the system's error number.
    case cannotRead(code: Int32)
    /// The compressed data end in the middle.
    case truncatedGzip
    /// The compressed data are damaged or are none; what zlib says.
    case corruptGzip(detail: String)
    /// zlib has no memory left.
    case outOfMemory
  }

  public let reason: Reason
  public let path: String
  /// The byte of the file, as it lies on disk, at which reading failed.
  public let byte: Int

  public init(reason: Reason, path: String, byte: Int) {
    self.reason = reason
    self.path = path
    self.byte = byte
  }

  public var description: String {
    switch reason {
    case .cannotOpen(let code): "cannot open \(path): \(systemText(code)); \(advice(code))"
    case .cannotRead(let code): "cannot read \(path) at byte \(byte): \(systemText(code)); \(advice(code))"
    case .truncatedGzip:
      "\(path) ends at byte \(byte) in the middle of its gzip data; it was not copied or written to its end, get it again"
    case .corruptGzip(let detail):
      "\(path) is damaged near byte \(byte) (gzip: \(detail)); check it with gzip -t and get it again"
    case .outOfMemory: "no memory is left to decompress \(path); end other programs"
    }
  }

  private func systemText(_ code: Int32) -> String { String(cString: strerror(code)) }

  private func advice(_ code: Int32) -> String {
    switch code {
    case ENOENT, ENOTDIR: "check the path"
    case EACCES, EPERM: "make it readable for this user"
    case EISDIR: "name a file in this directory"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    default: "check the disk"
    }
  }
}
