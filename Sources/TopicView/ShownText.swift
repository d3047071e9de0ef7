import Records

/// Values as they are shown within a line: control characters as the escapes that JSON has for them, widths in
/// characters.
enum ShownText {
  /// How many characters a value takes.
  @inline(__always)
  static func width(_ value: ByteSpan) -> Int {
    isPlain(value) ? value.count : escaped(value).count
  }

  static func write(_ value: ByteSpan, to buffer: ByteBuffer) {
    if isPlain(value) { buffer.append(value) } else { buffer.append(escaped(value)) }
  }

  /// Writes a value filled up with blanks to a width.
  ///
  /// - Parameter limit: A longer value is cut, and ends in `…`.
  static func write(
    _ value: ByteSpan, width: Int, limit: Int = .max, isRightAligned: Bool, to buffer: ByteBuffer
  ) {
    let length = ShownText.width(value)
    let blanks = max(0, width - min(length, limit))
    if isRightAligned { writeBlanks(blanks, to: buffer) }
    if length <= limit {
      write(value, to: buffer)
    } else if limit > 0 {
      buffer.append(String(escaped(value).prefix(limit - 1)))
      buffer.append("…")
    }
    if !isRightAligned { writeBlanks(blanks, to: buffer) }
  }

  static func writeBlanks(_ count: Int, to buffer: ByteBuffer) {
    for _ in 0..<count { buffer.append(UInt8(ascii: " ")) }
  }

  /// Whether every byte is one printable character.
  @inline(__always)
  private static func isPlain(_ value: ByteSpan) -> Bool {
    for index in 0..<value.count where value.start[index] &- 0x20 >= 0x5F { return false }
    return true
  }

  private static func escaped(_ value: ByteSpan) -> String {
    var text = ""
    for scalar in value.string.unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default: text += scalar.actsOnTerminals ? VisibleText.of(String(scalar), as: .json) : String(scalar)
      }
    }
    return text
  }
}
