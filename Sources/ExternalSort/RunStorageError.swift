#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a spill file could not be used: what was tried, on which file, what the system said and what to do.
public struct RunStorageError: Error, Equatable, CustomStringConvertible {
  /// What was being done to the file.
  public enum Operation: String, Sendable {
    case create, write, read
  }

  public let operation: Operation
  /// The spill file.
  public let path: String
  /// The byte of the file at which the operation began.
  public let offset: Int
  /// The system's error number; 0 when the file is shorter than what was written to it.
  public let code: Int32

  public init(operation: Operation, path: String, offset: Int, code: Int32) {
    self.operation = operation
    self.path = path
    self.offset = offset
    self.code = code
  }

  public var description: String {
    let place = operation == .create ? "" : " at byte \(offset)"
    return "cannot \(operation.rawValue) the sort file \(path)\(place): \(reason); \(advice)"
  }

  private var reason: String {
    code == 0 ? "it has been shortened by someone else" : String(cString: strerror(code))
  }

  private var advice: String {
    switch code {
    case ENOSPC, EDQUOT: "the disk is full: free space there or choose a data directory on another disk"
    case EEXIST: "an earlier process left it behind or another one is using it: remove it when nothing else runs"
    case EACCES, EPERM, EROFS: "make its folder writable or choose another data directory"
    case ENOENT, ENOTDIR: "create its folder first"
    case EMFILE, ENFILE: "too many files are open: raise the limit (ulimit -n)"
    case 0: "leave files in the state directory alone while a run is going on, and start again"
    default: "check the disk and start again"
    }
  }
}
