#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why a file could not be written: which file, what was being done, what the system said and what to do.
public struct OutputFileError: Error, Equatable, CustomStringConvertible {
  /// What was being done.
  public enum Operation: String, Sendable {
    case create, write, sync, close, rename, open, read, compress
    case createDirectory = "create the directory"
    case computeDigest = "compute the SHA-256 of"
  }

  public let operation: Operation
  public let path: String
  /// The system's error number; 0 when a library failed and not the system.
  public let code: Int32

  public init(operation: Operation, path: String, code: Int32) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  public var description: String { "cannot \(operation.rawValue) \(path): \(reason); \(advice)" }

  /// What the system said.
  public var reason: String {
    switch code {
    case 0: "a library failed"
    case EEXIST: "it is no regular file"
    default: String(cString: strerror(code))
    }
  }

  /// What to do about it.
  public var advice: String {
    switch code {
    case ENOSPC, EDQUOT: "the disk is full: free space there or choose a directory on another disk"
    case EFBIG: "the file is larger than the file system or its limit (ulimit -f) allows: choose another directory"
    case EACCES, EPERM, EROFS: "make its directory writable for this user or choose another one"
    case ENOENT: "create its directory first"
    case ENOTDIR: "a part of the path is a file: choose another path"
    case EISDIR: "it is a directory: name a file in it, or another path"
    case EEXIST: "remove what has this name, or choose another path"
    case EBUSY: "another process is writing it: wait for that, or choose another directory"
    case EMFILE, ENFILE: "too many files are open: raise the limit (ulimit -n)"
    case 0, ENOMEM: "end other programs, they may have taken all memory"
    default: "check the disk"
    }
  }
}
