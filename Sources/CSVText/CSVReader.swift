#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads rows of comma-separated values (RFC 4180) from a stream of bytes, in memory bounded by the longest row.
///
/// Beyond the standard: LF ends a line as CRLF does (a CR alone is text); blank lines are skipped; a byte order mark is
/// dropped; the last line needs no end; a quote inside an unquoted field is text. Any bytes but these have no meaning
/// to the reader.
///
/// A row that is no proper CSV is marked and reading goes on:
/// - `textAfterQuote`: `"a"b` is the field `ab`.
/// - `unclosedQuote`: when a quote is open at the end of the file, or for more than `rowByteLimit`, the row is only the
///   *line* with the opening quote, split at its commas, so that one stray quote costs one row and not the rest of the
///   file.
/// - `tooLong`: the row is the first `rowByteLimit` bytes of the line, without fields; the rest follows as further rows of
///   this kind, each the next part of the line (``CSVRow/part``), so that nothing is lost.
///
/// A reader belongs to one thread at a time.
public final class CSVReader {
  /// The longest row by default: 16 MiB.
  public static let defaultRowByteLimit = 16 << 20

  private let source: any ByteSource
  private let rowByteLimit: Int
  /// The bytes read ahead: `position..<filled` of `capacity`, behind which 8 more may be read.
  private var base: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var position = 0
  private var filled = 0
  private var sourceEnded = false
  /// There is no quote in `position..<quoteFree`.
  private var quoteFree = 0
  /// Unquoted text of the present row. As large as the buffer, so that it never moves within a row.
  private var scratch: UnsafeMutablePointer<UInt8>?
  private var scratchCount = 0
  private var line = 1
  private var rowCount = 0
  private var isAtStart = true
  /// How many parts of an overlong line were given out; 0 between lines.
  private var partCount = 0

  /// Creates a reader of a source.
  ///
  /// - Parameters:
  ///   - source: The bytes. The reader alone reads them.
  ///   - bufferByteCount: How much to read at a time; longer rows make the buffer grow.
  ///   - rowByteLimit: The longest row that is taken.
  public init(
    source: some ByteSource, bufferByteCount: Int = 1 << 18, rowByteLimit: Int = CSVReader.defaultRowByteLimit
  ) {
    self.source = source
    self.rowByteLimit = max(1, rowByteLimit)
    capacity = max(16, bufferByteCount)
    base = .allocate(capacity: capacity + 8)
    base.initialize(repeating: 0, count: capacity + 8)
  }

  deinit {
    base.deallocate()
    scratch?.deallocate()
  }

  /// Reads the next row that is not blank. Blocks.
  ///
  /// - Parameter row: Receives the row; its content is valid until the next call.
  /// - Returns: Whether there was a row; false at the end.
  /// - Throws: What the source throws.
  public func next(into row: inout CSVRow) throws -> Bool {
    if isAtStart { try skipByteOrderMark() }
    if partCount > 0, try takeRestOfLine(into: &row) { return true }
    while true {
      row.count = 0
      row.fault = nil
      row.faultIndex = nil
      row.part = 0
      scratchCount = 0
      guard let lineEnd = find(0x0a, from: position) else {
        if try fill() { continue }
        if !sourceEnded { return takeOverlong(into: &row) }
        if position == filled { return false }
        return try takeLastLine(into: &row)
      }
      if nextQuote() < lineEnd {
        guard try takeQuoted(into: &row) else { continue }
        return true
      }
      if takeLine(to: lineEnd, next: lineEnd &+ 1, into: &row) { return true }
    }
  }

  // MARK: Kinds of rows

  /// Takes a line without regard to quotes.
  ///
  /// - Returns: False when it is blank.
  @inline(__always)
  private func takeLine(to lineEnd: Int, next: Int, into row: inout CSVRow) -> Bool {
    let start = position
    if lineEnd &- start > rowByteLimit { return takeOverlong(into: &row) }
    var end = lineEnd
    if end > start, base[end &- 1] == 0x0d { end &-= 1 }
    position = next
    guard end > start else {
      line &+= 1
      return false
    }
    number(&row, from: start, to: end)
    line &+= 1
    splitPlain(base + start, base + end, into: &row)
    return true
  }

  /// Takes what is left when no line end follows and the source has ended.
  private func takeLastLine(into row: inout CSVRow) throws -> Bool {
    if nextQuote() < filled { return try takeQuoted(into: &row) }
    return takeLine(to: filled, next: filled, into: &row)
  }

  /// Takes the next part of a line that is longer than the limit, whole characters of it.
  private func takeOverlong(into row: inout CSVRow) -> Bool {
    let limit = position + rowByteLimit
    var end = limit
    while base[end] & 0xc0 == 0x80, end > limit - 3, end - 1 > position { end -= 1 }
    // what has no character's beginning in four bytes is no UTF-8
    if base[end] & 0xc0 == 0x80 { end = limit }
    takePart(to: end, next: end, into: &row)
    return true
  }

  /// Takes what is left of a line that is longer than the limit, or the next part of it.
  ///
  /// - Returns: False when nothing was left.
  private func takeRestOfLine(into row: inout CSVRow) throws -> Bool {
    var lineEnd = find(0x0a, from: position)
    while lineEnd == nil, try fill() { lineEnd = find(0x0a, from: position) }
    let end = lineEnd ?? filled
    if end - position > rowByteLimit { return takeOverlong(into: &row) }
    let textEnd = end > position && base[end - 1] == 0x0d ? end - 1 : end
    let isEmpty = textEnd == position
    let next = lineEnd.map { $0 + 1 } ?? filled
    if isEmpty { position = next } else { takePart(to: textEnd, next: next, into: &row) }
    partCount = 0
    if lineEnd != nil { line += 1 }
    return !isEmpty
  }

  private func takePart(to end: Int, next: Int, into row: inout CSVRow) {
    row.count = 0
    row.fault = .tooLong
    row.faultIndex = nil
    partCount += 1
    row.part = partCount
    number(&row, from: position, to: end)
    position = next
  }

  /// Takes a row that has a quote on its first line.
  ///
  /// - Returns: False when more bytes had to be read first, and the row is to be looked at again.
  private func takeQuoted(into row: inout CSVRow) throws -> Bool {
    switch splitQuoted(into: &row) {
    case .row(let end, let next) where next - position <= rowByteLimit:
      let start = position
      number(&row, from: start, to: end)
      position = next
      line += UnsafeRawBufferPointer(start: base + start, count: next - start).reduce(0) { $1 == 0x0a ? $0 + 1 : $0 }
      return true
    case .open where !sourceEnded:
      if try fill() || sourceEnded { return false }
    default: break
    }
    // Too long or never closed: only its first line, so that what follows is read.
    row.faultIndex = row.count
    row.count = 0
    row.fault = .unclosedQuote
    let lineEnd = find(0x0a, from: position)
    return takeLine(to: lineEnd ?? filled, next: lineEnd.map { $0 + 1 } ?? filled, into: &row)
  }

  @inline(__always)
  private func number(_ row: inout CSVRow, from start: Int, to end: Int) {
    row.bytes = UnsafeRawBufferPointer(start: base + start, count: end &- start)
    row.line = line
    row.number = rowCount
    rowCount &+= 1
  }

  // MARK: Splitting

  /// Splits at commas, eight bytes at a time.
  @inline(__always)
  private func splitPlain(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, into row: inout CSVRow) {
    var field = start
    var word = start
    while word < end {
      var commas = commaMask(UnsafeRawPointer(word).loadUnaligned(as: UInt64.self).littleEndian)
      while commas != 0 {
        let comma = word + (commas.trailingZeroBitCount &>> 3)
        if comma >= end { break }
        row.append(field, comma - field)
        field = comma + 1
        commas &= commas &- 1
      }
      word += 8
    }
    row.append(field, end - field)
  }

  private enum Split {
    /// The row ends here, and the next one begins there.
    case row(end: Int, next: Int)
    /// The buffer ends before the row does.
    case open
  }

  /// Splits the row at `position`, which has quotes.
  private func splitQuoted(into row: inout CSVRow) -> Split {
    var at = position
    while true {
      // At the beginning of a field.
      if at < filled, base[at] == 0x22 {
        guard let field = quotedField(from: at + 1, into: &row) else { return .open }
        at = field
      } else {
        let start = at
        while at < filled, base[at] != 0x2c, base[at] != 0x0a { at += 1 }
        if at == filled, !sourceEnded { return .open }
        let end = (at == filled || base[at] == 0x0a) && at > start && base[at - 1] == 0x0d ? at - 1 : at
        row.append(base + start, end - start)
      }
      if at == filled || base[at] == 0x0a {
        if at == filled, !sourceEnded { return .open }
        let end = at > position && base[at - 1] == 0x0d ? at - 1 : at
        return .row(end: end, next: min(at + 1, filled))
      }
      at += 1
    }
  }

  /// Takes a field whose opening quote is before `start`.
  ///
  /// - Returns: Where the comma or line end behind it is, or nil when the quotes do not close within the buffer.
  private func quotedField(from start: Int, into row: inout CSVRow) -> Int? {
    var at = start
    var unwritten = start
    let text = scratchCount
    while true {
      guard let quote = find(0x22, from: at) else { return nil }
      if quote + 1 == filled, !sourceEnded { return nil }
      if quote + 1 < filled, base[quote + 1] == 0x22 {
        write(unwritten, quote + 1)
        unwritten = quote + 2
        at = quote + 2
        continue
      }
      // The closing quote.
      at = quote + 1
      while at < filled, base[at] != 0x2c, base[at] != 0x0a { at += 1 }
      let isLast = at == filled || base[at] == 0x0a
      let tail = isLast && at > quote + 1 && base[at - 1] == 0x0d ? at - 1 : at
      if tail > quote + 1 {
        if row.fault == nil { row.faultIndex = row.count }
        row.fault = .textAfterQuote
      }
      if unwritten == start, tail == quote + 1 {
        row.append(base + start, quote - start)
      } else {
        write(unwritten, quote)
        write(quote + 1, tail)
        row.append(scratch! + text, scratchCount - text)
      }
      return at
    }
  }

  /// Adds bytes of the buffer to the scratch text.
  private func write(_ start: Int, _ end: Int) {
    let scratch = self.scratch ?? .allocate(capacity: capacity)
    self.scratch = scratch
    (scratch + scratchCount).update(from: base + start, count: end - start)
    scratchCount += end - start
  }

  // MARK: The buffer

  @inline(__always)
  private func find(_ byte: Int32, from start: Int) -> Int? {
    guard let found = memchr(base + start, byte, filled &- start) else { return nil }
    return found.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(base)
  }

  /// The place of the first quote from `position` on, or the end of the buffer.
  @inline(__always)
  private func nextQuote() -> Int {
    if quoteFree < position { quoteFree = position }
    if quoteFree < filled, base[quoteFree] != 0x22 { quoteFree = find(0x22, from: quoteFree) ?? filled }
    return quoteFree
  }

  /// Reads until the buffer is full, making it larger when one row takes all of it.
  ///
  /// - Returns: Whether there are more bytes than before.
  private func fill() throws -> Bool {
    if sourceEnded || filled - position > rowByteLimit { return false }
    if position > 0 {
      base.update(from: base + position, count: filled - position)
      filled -= position
      quoteFree = max(0, quoteFree - position)
      position = 0
    }
    if filled > capacity / 2 { grow() }
    let before = filled
    while filled < capacity {
      let taken = try source.read(into: UnsafeMutableRawBufferPointer(start: base + filled, count: capacity - filled))
      if taken == 0 {
        sourceEnded = true
        break
      }
      filled += taken
    }
    return filled > before
  }

  private func grow() {
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2 + 8)
    larger.update(from: base, count: filled)
    (larger + filled).initialize(repeating: 0, count: capacity * 2 + 8 - filled)
    base.deallocate()
    base = larger
    capacity *= 2
    scratch?.deallocate()
    scratch = nil
  }

  private func skipByteOrderMark() throws {
    isAtStart = false
    _ = try fill()
    if filled >= 3, base[0] == 0xef, base[1] == 0xbb, base[2] == 0xbf { position = 3 }
  }
}

/// Marks the high bit of every byte of `word` that is a comma, exactly.
@inline(__always)
private func commaMask(_ word: UInt64) -> UInt64 {
  let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
  let differing = word ^ 0x2c2c_2c2c_2c2c_2c2c
  return ~(((differing & low) &+ low) | differing | low)
}
