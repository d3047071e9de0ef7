import Foundation

/// Memory behind which nothing can be read: a decoder that looks one byte too far crashes there and then.
final class GuardedBytes: @unchecked Sendable {
  // Guard of `@unchecked Sendable`: `use` makes one for itself each time.
  private let start: UnsafeMutableRawPointer
  private let byteCount: Int
  private let usable: Int

  private init(atLeast count: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    usable = (count + page - 1) / page * page
    byteCount = usable + page
    start = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    mprotect(start + usable, page, PROT_NONE)
  }

  deinit { munmap(start, byteCount) }

  /// Lends `bytes` with the end of readable memory right behind them.
  static func use<Result>(
    _ bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    #if LIBFUZZER
      // the address sanitizer guards any memory
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      defer { copy.deallocate() }
      copy.copyBytes(from: bytes)
      return try body(UnsafeRawBufferPointer(copy))
    #else
      let memory = GuardedBytes(atLeast: bytes.count)
      defer { withExtendedLifetime(memory) {} }
      let place = UnsafeMutableRawBufferPointer(start: memory.start + memory.usable - bytes.count, count: bytes.count)
      place.copyBytes(from: bytes)
      return try body(UnsafeRawBufferPointer(place))
    #endif
  }
}
