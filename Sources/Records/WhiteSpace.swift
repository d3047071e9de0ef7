extension UnsafeRawBufferPointer {
  /// The bytes without white space at either end: what Python's `str.strip()` leaves of a text in UTF-8.
  ///
  /// White space is what Python's `str.isspace()` says it is: every character of the bidirectional classes B, S and WS,
  /// and every space separator (U+0009–U+000D, U+001C–U+0020, U+0085, U+00A0, U+1680, U+2000–U+200A, U+2028, U+2029,
  /// U+202F, U+205F, U+3000).
  public var trimmed: UnsafeRawBufferPointer {
    var first = startIndex
    var last = endIndex
    while first < last {
      let length = whiteSpaceLength(from: first, to: last)
      guard length > 0 else { break }
      first += length
    }
    while last > first {
      let length = whiteSpaceLength(endingAt: last, from: first)
      guard length > 0 else { break }
      last -= length
    }
    return UnsafeRawBufferPointer(rebasing: self[first..<last])
  }

  /// How many bytes the white space character takes that begins at `start`; 0 where there is none.
  @inline(__always)
  private func whiteSpaceLength(from start: Int, to end: Int) -> Int {
    let byte = self[start]
    if byte < 0x80 { return byte.isSpace ? 1 : 0 }
    if end - start >= 2, isWhiteSpace(byte, self[start + 1]) { return 2 }
    if end - start >= 3, isWhiteSpace(byte, self[start + 1], self[start + 2]) { return 3 }
    return 0
  }

  /// How many bytes the white space character takes that ends before `end`; 0 where there is none.
  @inline(__always)
  private func whiteSpaceLength(endingAt end: Int, from start: Int) -> Int {
    let byte = self[end - 1]
    if byte < 0x80 { return byte.isSpace ? 1 : 0 }
    if end - start >= 2, isWhiteSpace(self[end - 2], byte) { return 2 }
    if end - start >= 3, isWhiteSpace(self[end - 3], self[end - 2], byte) { return 3 }
    return 0
  }

  private func isWhiteSpace(_ first: UInt8, _ second: UInt8) -> Bool {
    first == 0xC2 && (second == 0x85 || second == 0xA0)
  }

  private func isWhiteSpace(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
    switch (first, second) {
    case (0xE1, 0x9A): third == 0x80
    case (0xE2, 0x80): (0x80...0x8A).contains(third) || third == 0xA8 || third == 0xA9 || third == 0xAF
    case (0xE2, 0x81): third == 0x9F
    case (0xE3, 0x80): third == 0x80
    default: false
    }
  }
}

extension UInt8 {
  /// Whether this is white space of ASCII: a blank, what lies from tab to carriage return, or one of the four separators.
  @inline(__always)
  fileprivate var isSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D) || (self >= 0x1C && self <= 0x1F) }
}
