#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// When files are synced to the disk. No choice changes a result; they differ in what is done again after the machine
/// itself has died.
public enum Durability: String, Sendable, CaseIterable {
  /// Never: processes may be killed at any time; after the machine has died, stages start over.
  case none
  /// At each checkpoint: after the machine has died, stages go on from the last one.
  case checkpoint
}

/// Names the time since the machine was started.
public enum BootID {
  /// Another text after each start of the machine.
  public static let current: String = {
    #if canImport(Darwin)
      var time = timeval()
      var size = MemoryLayout<timeval>.size
      guard sysctlbyname("kern.boottime", &time, &size, nil, 0) == 0 else { return "unknown" }
      return String(time.tv_sec)
    #else
      guard let file = fopen("/proc/sys/kernel/random/boot_id", "r") else { return "unknown" }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = fread(&bytes, 1, bytes.count, file)
      return String(decoding: bytes[..<count].prefix { $0 > 0x20 }, as: UTF8.self)
    #endif
  }()
}
