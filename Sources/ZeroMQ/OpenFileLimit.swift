#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many files and connections this process may have open at a time.
public enum OpenFileLimit {
  /// The limit that holds now, or `nil` where the system does not tell.
  public static var present: Int? { limits.map { Int(clamping: $0.rlim_cur) } }

  /// Lets this process, and those that it starts, have as many as it may allow itself: login shells often give less.
  public static func raise() {
    guard var limits, limits.rlim_cur < limits.rlim_max else { return }
    #if canImport(Darwin)
      // more than this the system refuses, whatever it says
      limits.rlim_cur = min(limits.rlim_max, rlim_t(OPEN_MAX))
    #else
      limits.rlim_cur = limits.rlim_max
    #endif
    _ = setrlimit(resource, &limits)
  }

  #if canImport(Glibc)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
  #else
    private static var resource: Int32 { Int32(RLIMIT_NOFILE) }
  #endif

  private static var limits: rlimit? {
    var limits = rlimit()
    return getrlimit(resource, &limits) == 0 ? limits : nil
  }
}
