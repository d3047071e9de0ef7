/// The place up to which one run has been merged, with a buffer that reads ahead.
struct RunCursor: ~Copyable {
  private let storage: any RunStorage
  private var buffer: UnsafeMutableRawBufferPointer
  /// Where in the storage the bytes behind the buffered ones begin, and where the run ends.
  private var unread: Range<Int>
  /// The present row and the end of the buffered bytes.
  private(set) var row: UnsafeRawPointer
  private var end: UnsafeRawPointer

  /// Creates a cursor before the first row of a run; `advance()` leads to it.
  init(run: Range<Int>, storage: any RunStorage, byteLimit: Int) {
    self.storage = storage
    buffer = .allocate(byteCount: max(RowLayout.headerByteCount, min(byteLimit, run.count)), alignment: 16)
    unread = run
    end = UnsafeRawPointer(buffer.baseAddress!)
    row = end
  }

  deinit { buffer.deallocate() }

  /// Goes to the first row.
  ///
  /// - Returns: Whether there is one.
  mutating func start() throws -> Bool { try makeWhole() }

  /// Goes to the next row.
  ///
  /// - Returns: Whether there is one.
  @inline(__always)
  mutating func advance() throws -> Bool {
    row += RowLayout.headerByteCount &+ RowLayout.length(at: row)
    let buffered = end - row
    if buffered >= RowLayout.headerByteCount,
      buffered >= RowLayout.headerByteCount &+ RowLayout.length(at: row)
    {
      return true
    }
    return try makeWhole()
  }

  /// Reads on until the present row is buffered as a whole.
  @inline(never)
  private mutating func makeWhole() throws -> Bool {
    if row == end, unread.isEmpty { return false }
    try fill(atLeast: RowLayout.headerByteCount)
    let length = RowLayout.headerByteCount + RowLayout.length(at: row)
    if end - row < length { try fill(atLeast: length) }
    return true
  }

  /// Moves what is left to the front of the buffer and fills it up.
  private mutating func fill(atLeast needed: Int) throws {
    let left = end - row
    if needed > buffer.count {
      // A row longer than the buffer. Rows tend to be alike, so the larger buffer stays.
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: needed, alignment: 16)
      larger.baseAddress!.copyMemory(from: row, byteCount: left)
      buffer.deallocate()
      buffer = larger
    } else if left > 0 {
      buffer.baseAddress!.copyMemory(from: row, byteCount: left)
    }
    let taken = min(buffer.count - left, unread.count)
    row = UnsafeRawPointer(buffer.baseAddress!)
    end = row + left
    try storage.read(
      at: unread.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: buffer[left..<left + taken]))
    unread = unread.lowerBound + taken..<unread.upperBound
    end = row + left + taken
  }
}
