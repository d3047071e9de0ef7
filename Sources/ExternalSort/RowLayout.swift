/// How a row lies in memory and in the spill file: its key (8 bytes), its length (4 bytes), both in the machine's byte
/// order and not aligned, then its bytes.
enum RowLayout {
  static let headerByteCount = 12
  /// The longest row; offsets into a run fit 32 bits because of it and `runByteLimit`.
  static let rowByteLimit = 1 << 30
  /// The largest run.
  static let runByteLimit = 1 << 30

  @inline(__always)
  static func key(at row: UnsafeRawPointer) -> UInt64 { row.loadUnaligned(as: UInt64.self) }

  @inline(__always)
  static func length(at row: UnsafeRawPointer) -> Int {
    Int(row.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
  }

  @inline(__always)
  static func bytes(at row: UnsafeRawPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: row + headerByteCount, count: length(at: row))
  }

  @inline(__always)
  static func write(key: UInt64, length: Int, at row: UnsafeMutableRawPointer) {
    row.storeBytes(of: key, as: UInt64.self)
    row.storeBytes(of: UInt32(truncatingIfNeeded: length), toByteOffset: 8, as: UInt32.self)
  }
}
