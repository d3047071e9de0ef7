import Records

/// The rows that are collected in memory until they are written as one sorted run.
final class RowRun {
  /// The rows in `RowLayout`, in the order they came.
  let buffer: ByteBuffer
  private(set) var rowCount = 0
  /// Whether the rows came in key order, so that nothing needs sorting.
  private(set) var isInOrder = true
  private var firstKey: UInt64 = 0
  private var lastKey: UInt64 = 0
  private var varyingBits: UInt64 = 0
  private var index = RowIndex()
  private let staging = ByteBuffer(capacity: 64)

  /// Rows are gathered to pieces of this size before they are written.
  private static let pieceByteCount = 1 << 19

  init(byteLimit: Int) {
    // Some slack for the row that reaches the limit; longer ones make the buffer grow.
    buffer = ByteBuffer(capacity: byteLimit + (1 << 16))
  }

  @inline(__always)
  func append(key: UInt64, row: UnsafeRawBufferPointer) {
    let length = RowLayout.headerByteCount &+ row.count
    let place = UnsafeMutableRawPointer(buffer.writing(atMost: length))
    RowLayout.write(key: key, length: row.count, at: place)
    if let start = row.baseAddress {
      (place + RowLayout.headerByteCount).copyMemory(from: start, byteCount: row.count)
    }
    buffer.advance(by: length)
    note(key)
  }

  /// Remembers what sorting has to know about a row that is now in the buffer.
  @inline(__always)
  func note(_ key: UInt64) {
    if rowCount == 0 {
      firstKey = key
    } else if key < lastKey {
      isInOrder = false
    }
    lastKey = key
    varyingBits |= key ^ firstKey
    rowCount &+= 1
  }

  /// Sorts the rows, unless they came in order.
  ///
  /// - Returns: The lowest and the highest key.
  func sort() -> (lowest: UInt64, highest: UInt64) {
    guard !isInOrder else { return (firstKey, lastKey) }
    index.sort(rows: buffer.bytes, rowCount: rowCount, varyingBits: varyingBits)
    return (index.entries[0].key, index.entries[rowCount - 1].key)
  }

  /// Writes the sorted rows to the end of a storage and forgets them.
  func move(to storage: any RunStorage) throws {
    if isInOrder {
      try storage.append(buffer.bytes)
    } else if let start = buffer.bytes.baseAddress {
      let rows = UnsafeRawPointer(start)
      for entry in UnsafeBufferPointer(start: index.entries, count: rowCount) {
        let length = Int(entry.length)
        if staging.count &+ length > Self.pieceByteCount, staging.count > 0 {
          try storage.append(staging.bytes)
          staging.removeAll()
        }
        UnsafeMutableRawPointer(staging.writing(atMost: length))
          .copyMemory(from: rows + Int(entry.offset), byteCount: length)
        staging.advance(by: length)
      }
      try storage.append(staging.bytes)
      staging.removeAll()
    }
    buffer.removeAll()
    rowCount = 0
    isInOrder = true
    varyingBits = 0
  }

  /// Gives back what only sorting needs.
  func releaseScratch() { index.releaseSpare() }

  /// Calls `body` with every row, in order; `sort()` has been called.
  func forEachRow(_ body: (UInt64, UnsafeRawBufferPointer) throws -> Void) rethrows {
    guard let start = buffer.bytes.baseAddress else { return }
    let rows = UnsafeRawPointer(start)
    if isInOrder {
      var offset = 0
      while offset < buffer.count {
        let bytes = RowLayout.bytes(at: rows + offset)
        try body(RowLayout.key(at: rows + offset), bytes)
        offset += RowLayout.headerByteCount + bytes.count
      }
    } else {
      for entry in UnsafeBufferPointer(start: index.entries, count: rowCount) {
        try body(entry.key, RowLayout.bytes(at: rows + Int(entry.offset)))
      }
    }
  }
}
