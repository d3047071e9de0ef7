#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file's bytes as they are.
public final class FileByteSource: ByteSource {
  /// The file's path.
  public let path: String
  /// The number of bytes given out so far.
  public private(set) var position = 0
  private let descriptor: Int32
  private var peeked: [UInt8] = []

  /// Opens a file or a pipe.
  ///
  /// - Throws: `ByteSourceError` naming the path.
  public init(path: String) throws(ByteSourceError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw ByteSourceError(reason: .cannotOpen(code: errno), path: path, byte: 0) }
  }

  deinit { close(descriptor) }

  /// Reads the next bytes. Blocks.
  ///
  /// - Throws: `ByteSourceError` naming the path and the byte.
  public func read(into destination: UnsafeMutableRawBufferPointer) throws(ByteSourceError) -> Int {
    let taken: Int
    if peeked.isEmpty {
      taken = try readFile(into: destination)
    } else {
      taken = min(peeked.count, destination.count)
      destination.copyBytes(from: peeked[..<taken])
      peeked.removeFirst(taken)
    }
    position += taken
    return taken
  }

  /// The next bytes, without taking them: fewer only at the end of the file.
  func peek(byteCount: Int) throws(ByteSourceError) -> [UInt8] {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
    defer { bytes.deallocate() }
    while peeked.count < byteCount {
      let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(byteCount - peeked.count)])
      let taken = try readFile(into: room)
      if taken == 0 { break }
      peeked += room[..<taken]
    }
    return Array(peeked.prefix(byteCount))
  }

  private func readFile(into destination: UnsafeMutableRawBufferPointer) throws(ByteSourceError) -> Int {
    while true {
      let got = systemRead(descriptor, destination)
      if got >= 0 { return got }
      if errno != EINTR {
        throw ByteSourceError(reason: .cannotRead(code: errno), path: path, byte: position + peeked.count)
      }
    }
  }
}

/// The system's `read`, which a method of the same name hides.
private func systemRead(_ descriptor: Int32, _ destination: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, destination.baseAddress, destination.count)
}
