import Records

/// Sorts any number of rows by a whole-number key in bounded memory: rows with equal keys come out in the order they
/// came in.
///
/// Rows are collected in memory; when they reach `runByteLimit` they are sorted and written to the storage as a run,
/// and at the end the runs are merged. What fits in one run never touches the storage. A run that continues the one
/// before it (no key below that one's last) lengthens it, so rows that come in order are one run, however many.
///
/// Memory while adding: `runByteLimit` + 0.5 MiB, and 32 bytes per row of a run that did not come in order. Memory
/// while merging: `mergeByteLimit`, but at least 4 KiB or its longest row for each run. So up to
/// `mergeByteLimit` / 4 KiB runs (4,096 by default: 32 GiB of rows in random order) stay within the limit; beyond that
/// the merge works and takes 4 KiB more per run.
///
/// Guard of the unchecked conformance: whoever adds hands the sorter over. Until `finish()` it belongs to one thread at
/// a time; from then on nothing in it changes and `forEachRow` keeps its state to itself, so any thread may call it.
public final class RowSorter: @unchecked Sendable {
  /// The least memory for the buffer of one run in the merge.
  private static let leastMergeBufferByteCount = 4096

  // The run-time checks of exclusive access would take as long as the rest of `add`.

  /// The number of rows added.
  @exclusivity(unchecked) public private(set) var count = 0
  /// The number of bytes in the rows added.
  @exclusivity(unchecked) public private(set) var byteCount = 0
  /// The number of runs in the storage: 0 as long as everything is in memory.
  public var runs: Int { spilled.count }

  private let runByteLimit: Int
  private let mergeByteLimit: Int
  private let storage: any RunStorage
  @exclusivity(unchecked) private var run: RowRun?
  private var spilled: [Range<Int>] = []
  private var highestSpilledKey: UInt64 = 0
  private var spilledCount = 0
  private var spilledBytes = 0
  private var isFinished = false

  /// Creates an empty sorter.
  ///
  /// - Parameters:
  ///   - runByteLimit: When to write a run: at this many bytes of rows, with 12 more for each. At most 1 GiB.
  ///   - mergeByteLimit: The memory for reading the runs, in bytes.
  ///   - storage: Where runs go. It serves this sorter alone.
  public init(runByteLimit: Int = 8 << 20, mergeByteLimit: Int = 16 << 20, storage: some RunStorage) {
    self.runByteLimit = max(64, min(runByteLimit, RowLayout.runByteLimit))
    self.mergeByteLimit = mergeByteLimit
    self.storage = storage
    run = RowRun(byteLimit: self.runByteLimit)
  }

  /// What lies in the storage, and how much of the input that is: enough for another sorter to go on from.
  public struct Spilled: Equatable, Sendable {
    /// The runs' places in the storage.
    public var runs: [Range<Int>] = []
    /// The number of rows in them, which were the first ones added.
    public var rowCount = 0
    /// The number of bytes in those rows.
    public var rowBytes = 0
    /// The highest key of the last run.
    public var highestKey: UInt64 = 0

    public init(runs: [Range<Int>] = [], rowCount: Int = 0, rowBytes: Int = 0, highestKey: UInt64 = 0) {
      self.runs = runs
      self.rowCount = rowCount
      self.rowBytes = rowBytes
      self.highestKey = highestKey
    }
  }

  /// The rows that are in the storage by now.
  public var spilledRows: Spilled {
    Spilled(runs: spilled, rowCount: spilledCount, rowBytes: spilledBytes, highestKey: highestSpilledKey)
  }

  /// Takes the place of a sorter that left these rows in the storage, before any row is added.
  public func resume(_ rows: Spilled) {
    precondition(count == 0 && spilled.isEmpty, "a sorter was resumed that has rows")
    (spilled, spilledCount, spilledBytes) = (rows.runs, rows.rowCount, rows.rowBytes)
    (count, byteCount, highestSpilledKey) = (rows.rowCount, rows.rowBytes, rows.highestKey)
  }

  /// Adds a row; its bytes are copied. Blocks now and then to write a run.
  ///
  /// - Throws: `RowSorterError` for a row above 1 GiB, and what the storage throws. After an error of the storage the
  ///   sorter is of no further use.
  public func add(key: UInt64, row: UnsafeRawBufferPointer) throws {
    guard let run, !isFinished else { preconditionFailure("a row was added to a finished sort") }
    guard row.count <= RowLayout.rowByteLimit else { throw tooLong(row.count) }
    run.append(key: key, row: row)
    count &+= 1
    byteCount &+= row.count
    if run.buffer.count >= runByteLimit { try spill(run) }
  }

  /// Adds a row that `write` appends to a buffer, without another copy.
  ///
  /// The buffer has other rows in front: `write` only appends. When it throws, no row is added.
  ///
  /// - Throws: What `write` throws, and as `add(key:row:)`.
  public func add(key: UInt64, write: (ByteBuffer) throws -> Void) throws {
    guard let run, !isFinished else { preconditionFailure("a row was added to a finished sort") }
    let buffer = run.buffer
    let start = buffer.count
    _ = buffer.writing(atMost: RowLayout.headerByteCount)
    buffer.advance(by: RowLayout.headerByteCount)
    do {
      try write(buffer)
    } catch {
      buffer.truncate(to: start)
      throw error
    }
    let length = buffer.count - start - RowLayout.headerByteCount
    precondition(length >= 0, "the writer of a row removed bytes it had not written")
    guard length <= RowLayout.rowByteLimit else {
      buffer.truncate(to: start)
      throw tooLong(length)
    }
    RowLayout.write(key: key, length: length, at: UnsafeMutableRawPointer(mutating: buffer.bytes.baseAddress! + start))
    run.note(key)
    count &+= 1
    byteCount &+= length
    if buffer.count >= runByteLimit { try spill(run) }
  }

  /// Ends adding: sorts what is in memory, and writes it when there are runs in the storage already.
  ///
  /// - Throws: What the storage throws.
  public func finish() throws {
    guard let run, !isFinished else { return }
    if spilled.isEmpty {
      _ = run.sort()
      run.releaseScratch()
    } else {
      if run.rowCount > 0 { try spill(run) }
      self.run = nil
    }
    isFinished = true
  }

  /// Calls `body` with the key and the bytes of every row, in order. Blocks while it reads runs.
  ///
  /// The bytes are valid during the call. May be called more than once, and from another thread than `add`.
  ///
  /// - Throws: What `body` and the storage throw.
  public func forEachRow(_ body: (UInt64, UnsafeRawBufferPointer) throws -> Void) throws {
    precondition(isFinished, "a sort was read before it was finished")
    if let run {
      try run.forEachRow(body)
    } else {
      let merge = RunMerge(
        runs: spilled, storage: storage, byteLimit: mergeByteLimit, leastByteCount: Self.leastMergeBufferByteCount)
      try merge.forEachRow(body)
    }
  }

  @inline(never)
  private func spill(_ run: RowRun) throws {
    let (lowest, highest) = run.sort()
    let start = storage.byteCount
    try run.move(to: storage)
    if let last = spilled.last, highestSpilledKey <= lowest {
      spilled[spilled.count - 1] = last.lowerBound..<storage.byteCount
    } else {
      spilled.append(start..<storage.byteCount)
    }
    highestSpilledKey = highest
    (spilledCount, spilledBytes) = (count, byteCount)
  }

  private func tooLong(_ byteCount: Int) -> RowSorterError {
    .rowTooLong(row: count, byteCount: byteCount, byteLimit: RowLayout.rowByteLimit)
  }
}
