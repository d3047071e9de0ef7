import CByteScan
import Records

/// Decides where segments begin: before a record of a new highest day, and behind the record that fills one up.
struct SegmentBoundary {
  /// How much of an append goes into one segment.
  struct Piece: Equatable {
    /// Whether it is the beginning of a new one.
    var opensSegment: Bool
    var byteCount: Int
  }

  var options: TopicWriter.Options
  /// How long the present segment is.
  var segmentByteCount: Int
  /// The highest day of the records so far.
  var highestDay: CivilDate?
  var timeOf: LineTime

  /// The longest beginning of `lines` that lies in one segment.
  ///
  /// Lines are asked for their time only where `maxTime` says that a day begins among them: normally the first.
  ///
  /// - Returns: Nothing where no line is of the day of `maxTime`.
  func nextPiece(of lines: UnsafeRawBufferPointer, maxTime: EventTime?) -> Piece? {
    var piece = Piece(opensSegment: segmentByteCount >= options.segmentByteLimit, byteCount: lines.count)
    if options.rollsAtMidnight, let lastDay = maxTime?.date, highestDay.map({ $0 < lastDay }) ?? true {
      guard cutAtMidnight(&piece, lines, lastDay: lastDay) else { return nil }
    }
    let room = options.segmentByteLimit - (piece.opensSegment ? 0 : segmentByteCount)
    if piece.byteCount > room {
      let filled = room - 1
      piece.byteCount = filled + find_nth_newline(lines.baseAddress! + filled, lines.count - filled, 1) + 1
    }
    return piece
  }

  private func cutAtMidnight(_ piece: inout Piece, _ lines: UnsafeRawBufferPointer, lastDay: CivilDate) -> Bool {
    var highestDay = highestDay
    var at = 0
    while at < lines.count {
      let length = find_nth_newline(lines.baseAddress! + at, lines.count - at, 1)
      if let day = timeOf(lines.part(at..<(at + length)))?.date, highestDay.map({ $0 < day }) ?? true {
        if highestDay != nil, at > 0 {
          piece.byteCount = at
          return true
        }
        if highestDay != nil { piece.opensSegment = true }
        highestDay = day
        if day >= lastDay { return true }
      }
      at += length + 1
    }
    return false
  }
}
