import CByteScan

/// Says which stretches of a segment are sound, and why the others are not.
struct SegmentSalvage {
  /// Bytes that follow each other in a segment, all of them sound or none.
  struct Stretch: Equatable {
    var bytes: Range<Int>
    /// The offsets of the records.
    var offsets: Range<Int>
    /// Whether a checksum stands for these bytes.
    var isChecked: Bool
    /// Why the records cannot be kept; nothing where they can.
    var damage: String?
  }

  private(set) var stretches: [Stretch] = []
  /// Where the segment's records end.
  private(set) var endOffset: Int
  /// What follows the last whole line, where that is no record.
  private(set) var tornBytes: Range<Int>?

  /// Goes through a segment.
  ///
  /// - Parameters:
  ///   - includesUnended: Whether what follows the last `\n` is a record.
  ///   - defectOf: Says why a line is no message; nothing where it is one.
  init(
    _ directory: TopicDirectory, segment first: Int, includesUnended: Bool, isMadeByHand: Bool,
    defectOf: (UnsafeRawBufferPointer) -> String?
  ) throws(TopicLogError) {
    endOffset = first
    let bytes = try SegmentBytes(directory.segmentPath(first))
    let size = try bytes.file.size()
    let index =
      isMadeByHand ? SegmentIndex(first: first) : try SegmentIndex(directory, segment: first, byteCount: size)
    var byte = 0
    for block in index.blocks {
      let (content, owner) = try bytes.view(block.byte..<block.endByte)
      defer { withExtendedLifetime(owner) {} }
      let checksum = crc32c(0, content.baseAddress, content.count)
      if checksum != block.checksum {
        add(
          Stretch(
            bytes: block.byte..<block.endByte, offsets: block.offset..<block.endOffset, isChecked: true,
            damage: "CRC-32C is \(hexadecimal(checksum)), not \(hexadecimal(block.checksum))"))
      } else if count_newlines(content.baseAddress, content.count) == block.count,
        content.last == UInt8(ascii: "\n")
      {
        addLines(content, from: block.byte, isChecked: true, defectOf: defectOf)
      } else {
        // the bytes are right and their number of lines is not: the sidecar is mistaken from here on
        break
      }
      byte = block.endByte
      endOffset = block.endOffset
    }
    while let lines = try bytes.lines(from: byte, to: size, maxBytes: IndexWriter.blockBytes) {
      addLines(lines.bytes, from: byte, isChecked: false, defectOf: defectOf)
      byte += lines.bytes.count
    }
    guard byte < size else { return }
    guard includesUnended else {
      tornBytes = byte..<size
      return
    }
    let (line, owner) = try bytes.view(byte..<size)
    withExtendedLifetime(owner) { addLines(line, from: byte, isChecked: false, defectOf: defectOf) }
  }

  private mutating func addLines(
    _ lines: UnsafeRawBufferPointer, from start: Int, isChecked: Bool, defectOf: (UnsafeRawBufferPointer) -> String?
  ) {
    lines.eachLine { line, byte in
      let end = min(start + byte + line.count + 1, start + lines.count)
      add(
        Stretch(
          bytes: (start + byte)..<end, offsets: endOffset..<(endOffset + 1), isChecked: isChecked,
          damage: defectOf(line)))
      endOffset += 1
    }
  }

  /// Adds a stretch, to the one before it where both are the same kind and that does not become too large.
  private mutating func add(_ stretch: Stretch) {
    if let last = stretches.last, last.damage == nil, stretch.damage == nil, last.isChecked == stretch.isChecked,
      last.bytes.upperBound == stretch.bytes.lowerBound, last.bytes.count < IndexWriter.blockBytes
    {
      stretches[stretches.count - 1].bytes = last.bytes.lowerBound..<stretch.bytes.upperBound
      stretches[stretches.count - 1].offsets = last.offsets.lowerBound..<stretch.offsets.upperBound
    } else {
      stretches.append(stretch)
    }
  }
}
