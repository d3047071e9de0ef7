import Records

/// Runs in memory: for tests and simulations, which want no files.
public final class MemoryRunStorage: RunStorage {
  private let buffer = ByteBuffer()

  /// Creates an empty storage.
  public init() {}

  /// A storage with the same bytes.
  public func copy() -> MemoryRunStorage {
    let copy = MemoryRunStorage()
    copy.append(buffer.bytes)
    return copy
  }

  public var byteCount: Int { buffer.count }

  public func append(_ bytes: UnsafeRawBufferPointer) { buffer.append(bytes) }

  public func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) {
    destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer.bytes[offset..<offset + destination.count]))
  }
}
