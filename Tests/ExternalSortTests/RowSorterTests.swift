import ExternalSort
import Records
import Testing

struct RowSorterTests {
  struct Row: Equatable {
    var key: UInt64
    var bytes: [UInt8]
  }

  /// Random rows whose bytes begin with their number, so that a wrong order of equal keys shows.
  static func randomRows(_ count: Int, keyMask: UInt64, longest: Int, seed: UInt64) -> [Row] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { number in
      let filler = [UInt8](
        repeating: UInt8(truncatingIfNeeded: number), count: Int.random(in: 0...longest, using: &random))
      return Row(key: random.next() & keyMask, bytes: Array("\(number) ".utf8) + filler)
    }
  }

  static func sorted(_ rows: [Row]) -> [Row] {
    rows.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element)
  }

  static func output(of sorter: RowSorter) throws -> [Row] {
    var rows: [Row] = []
    try sorter.forEachRow { rows.append(Row(key: $0, bytes: Array($1))) }
    return rows
  }

  @Test(arguments: [UInt64.max, 0, 0xff, 0xff_0000_0000, 0x8000_0000_0000_0001, 7], [64, 1000, 20_000, 1 << 20])
  func sortsStablyAsASimpleSortDoes(keyMask: UInt64, runByteLimit: Int) throws {
    let rows = Self.randomRows(3000, keyMask: keyMask, longest: 60, seed: keyMask ^ UInt64(runByteLimit))
    let sorter = RowSorter(runByteLimit: runByteLimit, mergeByteLimit: 1 << 16, storage: MemoryRunStorage())
    for (number, row) in rows.enumerated() {
      if number % 2 == 0 {
        try row.bytes.withUnsafeBytes { try sorter.add(key: row.key, row: $0) }
      } else {
        try sorter.add(key: row.key) { $0.append(row.bytes) }
      }
    }
    try sorter.finish()
    #expect(sorter.count == 3000)
    #expect(sorter.byteCount == rows.reduce(0) { $0 + $1.bytes.count })
    #expect((sorter.runs == 0) == (runByteLimit == 1 << 20))
    let expected = Self.sorted(rows)
    #expect(try Self.output(of: sorter) == expected)
    #expect(try Self.output(of: sorter) == expected, "reading twice gives the same")
  }

  @Test func mergesRowsLongerThanItsBuffers() throws {
    let rows = Self.randomRows(300, keyMask: .max, longest: 30_000, seed: 5)
    let sorter = RowSorter(runByteLimit: 100_000, mergeByteLimit: 0, storage: MemoryRunStorage())
    for row in rows { try row.bytes.withUnsafeBytes { try sorter.add(key: row.key, row: $0) } }
    try sorter.finish()
    #expect(sorter.runs > 20)
    #expect(try Self.output(of: sorter) == Self.sorted(rows))
  }

  @Test func mergesThousandsOfRuns() throws {
    let sorter = RowSorter(runByteLimit: 64, storage: MemoryRunStorage())
    for key in stride(from: UInt64(30_000), to: 0, by: -1) {
      try withUnsafeBytes(of: key) { try sorter.add(key: key / 2, row: $0) }
    }
    try sorter.finish()
    #expect(sorter.runs > 4096)
    var keys: [UInt64] = []
    try sorter.forEachRow { key, _ in keys.append(key) }
    #expect(keys == (1...30_000).map { UInt64($0) / 2 })
  }

  @Test func rowsThatComeInOrderAreOneRun() throws {
    let sorter = RowSorter(runByteLimit: 1000, storage: MemoryRunStorage())
    for key in 0..<UInt64(5000) { try withUnsafeBytes(of: key) { try sorter.add(key: key / 3, row: $0) } }
    try sorter.finish()
    #expect(sorter.runs == 1)
    var next: UInt64 = 0
    try sorter.forEachRow { key, row in
      #expect(key == next / 3 && row.loadUnaligned(as: UInt64.self) == next)
      next += 1
    }
    #expect(next == 5000)
  }

  @Test func emptyRowsAndNoRowsAreFine() throws {
    let none = RowSorter(storage: MemoryRunStorage())
    try none.finish()
    #expect(try Self.output(of: none).isEmpty)
    let empty = RowSorter(runByteLimit: 64, storage: MemoryRunStorage())
    for key in [UInt64.max, 0, .max, 3] + Array(repeating: .max, count: 40) {
      try empty.add(key: key, row: UnsafeRawBufferPointer(start: nil, count: 0))
    }
    try empty.finish()
    #expect(try Self.output(of: empty).map(\.key) == [0, 3] + Array(repeating: UInt64.max, count: 42))
  }

  @Test func aRowWhoseWriterFailsIsNotAdded() throws {
    struct Failure: Error {}
    let sorter = RowSorter(storage: MemoryRunStorage())
    try sorter.add(key: 2) { $0.append("two") }
    #expect(throws: Failure.self) {
      try sorter.add(key: 1) {
        $0.append("one")
        throw Failure()
      }
    }
    try sorter.finish()
    #expect(try Self.output(of: sorter) == [Row(key: 2, bytes: Array("two".utf8))])
  }

  @Test func anErrorOfTheReaderStopsTheMerge() throws {
    struct Failure: Error {}
    let sorter = RowSorter(runByteLimit: 64, storage: MemoryRunStorage())
    for key in 0..<UInt64(100) { try sorter.add(key: 100 - key) { $0.append("row") } }
    try sorter.finish()
    var seen = 0
    #expect(throws: Failure.self) {
      try sorter.forEachRow { _, _ in
        seen += 1
        if seen == 10 { throw Failure() }
      }
    }
    #expect(seen == 10)
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
