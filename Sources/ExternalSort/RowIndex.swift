/// The order of a run's rows: one small entry per row, sorted in place of the rows.
struct RowIndex: ~Copyable {
  /// A row's key, where it lies in its run and how long it is, header included.
  struct Entry {
    var key: UInt64
    var offset: UInt32
    var length: UInt32
  }

  private(set) var count = 0
  private var capacity: Int
  private(set) var entries: UnsafeMutablePointer<Entry>
  private var spare: UnsafeMutablePointer<Entry>

  init() {
    capacity = 0
    entries = .allocate(capacity: 0)
    spare = .allocate(capacity: 0)
  }

  deinit {
    entries.deallocate()
    spare.deallocate()
  }

  /// Lists the rows of a run and sorts the list by key, stably.
  ///
  /// A radix sort from the lowest byte up (Knuth, The Art of Computer Programming, volume 3, 5.2.5), over those bytes
  /// of the keys that differ at all.
  ///
  /// - Parameters:
  ///   - rows: The run, `rowCount` rows in `RowLayout`.
  ///   - varyingBits: The key bits that are not the same in all rows.
  mutating func sort(rows: UnsafeRawBufferPointer, rowCount: Int, varyingBits: UInt64) {
    reserve(rowCount)
    count = rowCount
    var shifts: [UInt64] = []
    for shift in stride(from: UInt64(0), to: 64, by: 8) where (varyingBits >> shift) & 0xff != 0 {
      shifts.append(shift)
    }
    // One pass lists the rows and counts the byte values of every digit.
    let counters = UnsafeMutablePointer<UInt32>.allocate(capacity: 256 * max(1, shifts.count))
    counters.initialize(repeating: 0, count: 256 * max(1, shifts.count))
    defer { counters.deallocate() }
    list(rows, shifts, counters)
    for digit in shifts.indices {
      distribute(by: shifts[digit], counters + digit * 256)
      swap(&entries, &spare)
    }
  }

  private func list(_ rows: UnsafeRawBufferPointer, _ shifts: [UInt64], _ counters: UnsafeMutablePointer<UInt32>) {
    guard let start = rows.baseAddress else { return }
    let digits = shifts.count
    shifts.withUnsafeBufferPointer { shifts in
      var offset = 0
      for row in 0..<count {
        let key = RowLayout.key(at: start + offset)
        let length = RowLayout.headerByteCount &+ RowLayout.length(at: start + offset)
        entries[row] = Entry(
          key: key, offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: length))
        offset &+= length
        for digit in 0..<digits {
          counters[(digit &<< 8) | Int((key &>> shifts[digit]) & 0xff)] &+= 1
        }
      }
    }
  }

  /// Moves the entries to `spare`, ordered by the byte at `shift`; equal bytes keep their order.
  private func distribute(by shift: UInt64, _ counters: UnsafeMutablePointer<UInt32>) {
    var next: UInt32 = 0
    for value in 0..<256 {
      let occurrences = counters[value]
      counters[value] = next
      next &+= occurrences
    }
    for row in 0..<count {
      let entry = entries[row]
      let value = Int((entry.key &>> shift) & 0xff)
      let place = counters[value]
      spare[Int(place)] = entry
      counters[value] = place &+ 1
    }
  }

  private mutating func reserve(_ rowCount: Int) {
    guard rowCount > capacity else { return }
    capacity = max(rowCount, capacity + capacity / 4)
    entries.deallocate()
    spare.deallocate()
    entries = .allocate(capacity: capacity)
    spare = .allocate(capacity: capacity)
  }

  /// Gives back the half of the memory that only sorting needs.
  mutating func releaseSpare() {
    spare.deallocate()
    spare = .allocate(capacity: 0)
    capacity = 0
  }
}
