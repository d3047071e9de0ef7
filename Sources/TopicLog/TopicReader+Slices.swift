import CByteScan

extension TopicReader {
  /// How many places reading can go on from without seeking: so many consumers at different offsets are served as fast
  /// as one. Each may keep a window of mapped memory.
  private static let cursorLimit = 4

  /// Gives records from an offset on: whole lines of one segment, at least one, however long it is.
  ///
  /// What the sidecar has checksums of is held against them, once while reading goes on.
  /// Going on where one of the last slices ended costs a scan for newlines; anywhere else a search in the sidecar first.
  ///
  /// - Parameters:
  ///   - offset: The first record's offset.
  ///   - maxBytes: No more bytes than this, unless the first line is longer.
  ///   - maxCount: No more records than this; at least 1.
  ///   - limit: No record at or beyond this offset.
  /// - Returns: Nothing where no record lies at `offset` yet, or `limit` excludes it.
  /// - Throws: ``TopicLogError``: `outOfRange` where `offset` is not in ``firstOffset``...``nextOffset``, `damaged` where
  ///   a segment has not the lines that its successor's name says or the bytes that its sidecar says, `system`.
  public func slice(
    from offset: Int, maxBytes: Int, maxCount: Int = .max, before limit: Int? = nil
  ) throws(TopicLogError) -> TopicSlice? {
    guard offset >= firstOffset, offset <= nextOffset else {
      throw TopicLogError(
        .outOfRange, "read", path, offset: offset, expected: "an offset in \(firstOffset)...\(nextOffset)",
        advice: offset < firstOffset ? "Begin at the first offset" : "Wait until the topic has come so far")
    }
    let stop = min(limit ?? .max, nextOffset)
    guard offset < stop else { return nil }
    let cursor = try cursor(at: offset)
    let end = try endByte(of: cursor)
    let count = min(max(1, maxCount), min(stop, endOffset(of: cursor.position)) - offset)
    if let lines = try cursor.bytes.lines(from: cursor.byte, to: end, maxBytes: maxBytes, maxCount: count) {
      try cursor.verify(cursor.byte..<cursor.byte + lines.bytes.count)
      cursor.offset += lines.count
      cursor.byte += lines.bytes.count
      return TopicSlice(offset: offset, count: lines.count, bytes: lines.bytes, owner: lines.owner)
    }
    guard isMadeByHand, cursor.byte < end else { throw miscounted(cursor, end) }
    let (line, window) = try cursor.bytes.view(cursor.byte..<end)
    let copy = withExtendedLifetime(window) { SliceMemory(endingLine: line) }
    cursor.offset += 1
    cursor.byte = end
    let bytes = UnsafeRawBufferPointer(start: copy.start, count: copy.byteCount)
    return TopicSlice(offset: offset, count: 1, bytes: bytes, owner: copy)
  }

  /// The offset behind the last record of a segment.
  func endOffset(of position: Int) -> Int { position + 1 < segments.count ? segments[position + 1] : nextOffset }

  /// Where the records of the cursor's segment end, in bytes.
  private func endByte(of cursor: ReadCursor) throws(TopicLogError) -> Int {
    if cursor.position == segments.count - 1 { return tailMap.reached.byte }
    if let known = cursor.finalByteCount { return known }
    let size = try cursor.bytes.file.size()
    cursor.finalByteCount = size
    return size
  }

  /// The cursor that stands at an existing record.
  private func cursor(at offset: Int) throws(TopicLogError) -> ReadCursor {
    if let place = cursors.firstIndex(where: { $0.offset == offset }) {
      var cursor = cursors[place]
      if offset == endOffset(of: cursor.position) { cursor = try successor(of: cursor) }
      if place > 0 { cursors.remove(at: place) }
      if place > 0 { cursors.insert(cursor, at: 0) } else { cursors[0] = cursor }
      return cursor
    }
    let cursor = try seek(offset)
    if cursors.count == Self.cursorLimit { cursors.removeLast() }
    cursors.insert(cursor, at: 0)
    return cursor
  }

  private func successor(of cursor: ReadCursor) throws(TopicLogError) -> ReadCursor {
    let end = try endByte(of: cursor)
    guard cursor.byte == end else { throw miscounted(cursor, end) }
    let next = cursor.position + 1
    let bytes = try SegmentBytes(directory.segmentPath(segments[next]))
    return ReadCursor(position: next, bytes: bytes, offset: cursor.offset, byte: 0, blocks: try blocks(of: next, bytes))
  }

  private func seek(_ offset: Int) throws(TopicLogError) -> ReadCursor {
    let position = segments.firstIndexBeyond { $0 <= offset } - 1
    let bytes = try SegmentBytes(directory.segmentPath(segments[position]))
    let mark = try map(of: position, bytes).mark(for: offset)
    try bytes.checkLine(mark)
    let cursor = ReadCursor(
      position: position, bytes: bytes, offset: mark.offset, byte: mark.byte, blocks: try blocks(of: position, bytes))
    let end = try endByte(of: cursor)
    guard try cursor.skip(to: offset, end: end) else { throw miscounted(cursor, end) }
    return cursor
  }

  private func blocks(of position: Int, _ bytes: SegmentBytes) throws(TopicLogError) -> [IndexBlock] {
    if isMadeByHand { return [] }
    return try SegmentIndex(directory, segment: segments[position], byteCount: try bytes.file.size()).blocks
  }

  private func map(of position: Int, _ bytes: SegmentBytes) throws(TopicLogError) -> LineMap {
    if position == segments.count - 1 { return tailMap }
    let first = segments[position]
    if let known = earlierMaps[first] { return known }
    let size = try bytes.file.size()
    let index =
      isMadeByHand ? SegmentIndex(first: first) : try SegmentIndex(directory, segment: first, byteCount: size)
    var map = LineMap(index, watermark: nil)
    try map.extend(in: bytes, to: size, includesUnended: isMadeByHand, timeOf: nil)
    earlierMaps[first] = map
    return map
  }

  /// The error for a segment whose lines are more or fewer than its successor's name says.
  func miscounted(_ cursor: ReadCursor, _ end: Int) -> TopicLogError {
    let expected = endOffset(of: cursor.position)
    let difference = cursor.offset == expected ? "\(end - cursor.byte) bytes more" : "lines up to \(cursor.offset)"
    return TopicLogError(
      .damaged, "read", cursor.bytes.path, offset: cursor.offset, expected: "lines up to offset \(expected)",
      actual: difference, advice: TopicLogError.writeAnew)
  }
}
