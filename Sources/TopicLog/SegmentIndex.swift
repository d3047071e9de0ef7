import Records

/// What a segment's sidecar says, as far as it makes sense.
///
/// A sidecar can be missing, short or spoiled; then what is left is the longest beginning whose lines are exactly as
/// they are written, join up, and lie within the segment. The rest follows from the segment itself.
struct SegmentIndex {
  /// The first thing in a sidecar that is not as it should be.
  struct Defect: Equatable {
    /// The line, counted from 1.
    var line: Int
    var expected: String
    var actual: String
  }

  /// The segment's first offset.
  let first: Int
  private(set) var blocks: [IndexBlock] = []
  private(set) var end: IndexEnd?
  /// How many bytes of the sidecar the blocks take up.
  private(set) var blockByteCount = 0
  private(set) var defect: Defect?
  /// Whether there is a sidecar at all.
  private(set) var exists = false

  /// Where the records that no block covers begin.
  var coveredOffset: Int { blocks.last?.endOffset ?? first }
  var coveredByte: Int { blocks.last?.endByte ?? 0 }

  /// Reads a sidecar.
  ///
  /// - Parameter byteCount: How long the segment is.
  /// - Throws: ``TopicLogError`` where the file is there and cannot be read.
  init(_ directory: TopicDirectory, segment first: Int, byteCount: Int) throws(TopicLogError) {
    self.first = first
    let content: [UInt8]
    do throws(TopicLogError) {
      content = try LogFile(directory.indexPath(first), .read).readAll()
    } catch {
      if error.code == .notFound { return }
      throw error
    }
    exists = true
    content.withUnsafeBytes { parse($0, byteCount: byteCount) }
  }

  /// An index of nothing.
  init(first: Int) { self.first = first }

  /// Forgets all but the first `count` blocks.
  mutating func keep(_ count: Int) {
    let lines = ByteBuffer(capacity: 256)
    for block in blocks[count...] { block.write(to: lines) }
    blockByteCount -= lines.count
    blocks.removeLast(blocks.count - count)
    end = nil
  }

  private mutating func parse(_ content: UnsafeRawBufferPointer, byteCount: Int) {
    let canonical = ByteBuffer(capacity: 256)
    var at = 0
    var number = 0
    while at < content.count {
      number += 1
      let stop = content[at...].firstIndex(of: UInt8(ascii: "\n")) ?? content.count
      let line = content.part(at..<stop)
      func fail(_ expected: String) {
        let shown = String(decoding: line.prefix(200), as: UTF8.self)
        defect = Defect(line: number, expected: expected, actual: shown)
      }
      guard stop < content.count else { return fail("a line that is ended") }
      guard end == nil else { return fail("nothing behind the line that sums up") }
      guard let value = try? JSONValue(parsing: line) else { return fail("JSON") }
      canonical.removeAll()
      if let block = IndexBlock(value) {
        block.write(to: canonical)
        guard block.offset == coveredOffset, block.byte == coveredByte else {
          return fail("offset \(coveredOffset) and byte \(coveredByte)")
        }
        guard block.endByte <= byteCount else { return fail("no more than the segment's \(byteCount) bytes") }
        guard canonical.bytes.dropLast().elementsEqual(line) else {
          return fail(String(decoding: canonical.bytes.dropLast(), as: UTF8.self))
        }
        blocks.append(block)
        blockByteCount = stop + 1
      } else if let summary = IndexEnd(value) {
        summary.write(to: canonical)
        guard summary.next == coveredOffset, summary.byteCount == coveredByte,
          canonical.bytes.dropLast().elementsEqual(line)
        else { return fail("a sum of next \(coveredOffset) and bytes \(coveredByte)") }
        end = summary
      } else {
        return fail("a block or the line that sums up")
      }
      at = stop + 1
    }
  }
}
