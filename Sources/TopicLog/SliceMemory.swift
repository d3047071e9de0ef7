#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that slices lie in: a mapped part of a file, or a copy. It goes when its last holder lets go of it.
///
/// Any thread may hold and release it.
public final class SliceMemory: @unchecked Sendable {
  // Guard of `@unchecked Sendable`: all is set once in `init`, and nobody writes to the memory.
  let start: UnsafeRawPointer
  let byteCount: Int
  private let isMapped: Bool

  /// Maps part of a file for reading. Pages behind the file's end may be looked at once the file has grown there.
  ///
  /// - Parameters:
  ///   - offset: Where the part begins in the file: a multiple of the page size.
  ///   - byteCount: How long the part is.
  init(mapping file: LogFile, at offset: Int, byteCount: Int) throws(TopicLogError) {
    guard let start = mmap(nil, byteCount, PROT_READ, MAP_SHARED, file.descriptor, off_t(offset)), start != MAP_FAILED
    else { throw .system(errno, "map", file.path) }
    madvise(start, byteCount, MADV_SEQUENTIAL)
    self.start = UnsafeRawPointer(start)
    self.byteCount = byteCount
    isMapped = true
  }

  /// Copies a line whose `\n` is missing and adds it.
  init(endingLine line: UnsafeRawBufferPointer) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: line.count + 1, alignment: 1)
    copy.copyMemory(from: line)
    copy[line.count] = UInt8(ascii: "\n")
    start = UnsafeRawPointer(copy.baseAddress!)
    byteCount = copy.count
    isMapped = false
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
    } else {
      start.deallocate()
    }
  }

  static let pageBytes = Int(sysconf(Int32(_SC_PAGESIZE)))
}
