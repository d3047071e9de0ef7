import Records
import Testing

@testable import TopicLog

struct LineMapTests {
  private let topic = TopicFixture()
  private let directory: TopicDirectory

  init() { directory = TopicDirectory(topic.path) }

  private func index() throws -> SegmentIndex { try SegmentIndex(directory, segment: 10, byteCount: .max) }

  /// Writes the sidecar of a segment that begins with offset 10.
  private func write(blocks: [(count: Int, byteCount: Int, time: String?)], isFinished: Bool) {
    let lines = ByteBuffer(capacity: 1024)
    var (offset, byte) = (10, 0)
    for block in blocks {
      IndexBlock(
        offset: offset, byte: byte, count: block.count, byteCount: block.byteCount,
        watermark: block.time.flatMap { EventTime($0) }, checksum: 0
      ).write(to: lines)
      offset += block.count
      byte += block.byteCount
    }
    if isFinished {
      IndexEnd(next: offset, byteCount: byte, watermark: EventTime("2025-01-09T00:00:00")).write(to: lines)
    }
    topic.write("00000000000000000010.index", Array(lines.bytes))
  }

  @Test func aSegmentWhoseUnfinishedSidecarHasOneBlockKeepsItsWatermark() throws {
    write(blocks: [(5, 200, "2025-01-07T12:00:00")], isFinished: false)
    let map = try LineMap(index(), watermark: nil)
    #expect(map.marks == [.init(offset: 10, byte: 0, watermark: EventTime("2025-01-07T12:00:00"))])
    // the block is gone through once more, as its own times stand nowhere yet
    #expect(map.reached == map.marks[0])
    #expect(map.mark(for: 12).offset == 10)
  }

  @Test func theLastOfSeveralBlocksWithoutASumIsGoneThroughOnceMore() throws {
    write(blocks: [(5, 200, nil), (4, 100, "2025-01-07T12:00:00")], isFinished: false)
    let map = try LineMap(index(), watermark: nil)
    #expect(map.marks == [.init(offset: 10, byte: 0, watermark: nil)])
    #expect(map.reached == .init(offset: 15, byte: 200, watermark: EventTime("2025-01-07T12:00:00")))
  }

  @Test func aFinishedSidecarSaysWhereTheSegmentEnds() throws {
    write(blocks: [(5, 200, nil), (4, 100, "2025-01-07T12:00:00")], isFinished: true)
    let map = try LineMap(index(), watermark: nil)
    #expect(map.marks.map(\.offset) == [10, 15])
    #expect(map.reached == .init(offset: 19, byte: 300, watermark: EventTime("2025-01-09T00:00:00")))
  }

  @Test func withoutASidecarTheGivenWatermarkStands() throws {
    let before = EventTime("2025-01-06T00:00:00")
    let map = try LineMap(index(), watermark: before)
    #expect(map.marks == [.init(offset: 10, byte: 0, watermark: before)])
    #expect(map.reached == map.marks[0])
  }

  @Test func aTimeBeforeADayWhoseSidecarIsNotFinishedIsFoundInTheDayBefore() throws {
    let lines = (0..<8).map { TopicFixture.line($0, "2025-01-0\(6 + $0 / 4)T1\($0 % 4):00:00") }
    let writer = try topic.writer(.create, rollsAtMidnight: true)
    try writer.append(lines, batch: 4)
    try writer.flushChecksums()
    let reader = try topic.reader()
    #expect(topic.segmentNames.count == 2)
    #expect(try reader.offset(atOrAfter: EventTime("2025-01-06T12:00:00")!) == 2)
    #expect(try reader.offset(atOrAfter: EventTime("2025-01-07T00:00:00")!) == 4)
    #expect(try reader.offset(atOrAfter: EventTime("2025-01-07T12:00:00")!) == 6)
    try writer.close()
  }
}
