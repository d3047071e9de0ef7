import CNumberText

/// Numbers as they are written: what counts as one, its value, and its one canonical text.
public enum NumberText {
  /// The value of a number in any of the forms that exports use: an optional sign, digits with an optional point
  /// (`5.`, `.5`), an optional exponent, white space around. Nothing where it is no such number or not finite.
  public static func double(_ text: UnsafeRawBufferPointer) -> Double? {
    guard let parts = Decimal(text) else { return nil }
    var normal = parts.isNegative ? "-" : ""
    normal += parts.digits.isEmpty ? "0" : parts.digits
    normal += "e\(parts.exponent)"
    var value = 0.0
    let length = normal.utf8.count
    return dl_read_double(normal, length, &value) == 1 ? value : nil
  }

  /// The value of a number that is whole and fits 64 bits (`7`, `7.0`, `007`, `7e2`), taken exactly.
  public static func integer(_ text: UnsafeRawBufferPointer) -> Int? {
    guard let parts = Decimal(text) else { return nil }
    if parts.digits.isEmpty { return 0 }
    guard parts.exponent >= 0, parts.exponent <= 19 else { return nil }
    return Int((parts.isNegative ? "-" : "") + parts.digits + String(repeating: "0", count: parts.exponent))
  }

  /// What one of the texts `inf`, `-inf` and `nan` stands for, as measures have them whose sums went out of bounds;
  /// `nil` for any other text.
  public static func nonFinite(_ text: UnsafeRawBufferPointer) -> Double? {
    guard let span = ByteSpan(text) else { return nil }
    if span.equals("inf") { return .infinity }
    if span.equals("-inf") { return -.infinity }
    return span.equals("nan") ? .nan : nil
  }

  /// Whether a text is already what ``ByteBuffer/append(double:)`` gives for its value.
  public static func isCanonicalDouble(_ text: ByteSpan) -> Bool {
    if text.equals("0.0") { return true }
    guard text.count <= 25, let value = canonicalDouble(text) else { return false }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { out in
      dl_write_double(value, out.baseAddress!) == text.count
        && ByteSpan(start: UnsafeRawPointer(out.baseAddress!).assumingMemoryBound(to: UInt8.self), count: text.count)
          .isEqual(to: text)
    }
  }

  /// The value of a text in canonical form; other texts may give nothing.
  @inline(__always)
  public static func canonicalDouble(_ text: ByteSpan) -> Double? {
    var value = 0.0
    let read = dl_read_double(
      UnsafeRawPointer(text.start).assumingMemoryBound(to: CChar.self), text.count, &value)
    return read == 1 ? value : nil
  }

  /// Whether a text is a whole number as ``ByteBuffer/append(decimal:)`` writes it.
  public static func isCanonicalInteger(_ text: ByteSpan) -> Bool {
    var at = 0
    if text.count > 1, text.start[0] == UInt8(ascii: "-") { at = 1 }
    guard text.count > at, text.count - at <= 18 else { return false }
    if text.start[at] == UInt8(ascii: "0") { return text.count == 1 }
    while at < text.count {
      guard text.start[at] &- UInt8(ascii: "0") < 10 else { return false }
      at += 1
    }
    return true
  }
}

extension ByteSpan {
  @inline(__always)
  func isEqual(to other: ByteSpan) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where start[index] != other.start[index] { return false }
    return true
  }
}

/// A decimal number taken apart: (−1)^isNegative × digits × 10^exponent, digits without zeros at either end.
private struct Decimal {
  var isNegative = false
  /// Empty for zero.
  var digits = ""
  var exponent = 0

  init?(_ untrimmed: UnsafeRawBufferPointer) {
    let bytes = untrimmed.trimmed
    var at = 0
    if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
      isNegative = bytes[at] == UInt8(ascii: "-")
      at += 1
    }
    var all: [UInt8] = []
    let whole = at
    while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 {
      all.append(bytes[at])
      at += 1
    }
    var digitCount = at - whole
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      let fraction = at
      while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 {
        all.append(bytes[at])
        at += 1
      }
      exponent = fraction - at
      digitCount += at - fraction
    }
    guard digitCount > 0 else { return nil }
    if at < bytes.count, bytes[at] == UInt8(ascii: "e") || bytes[at] == UInt8(ascii: "E") {
      at += 1
      var isSmall = false
      if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
        isSmall = bytes[at] == UInt8(ascii: "-")
        at += 1
      }
      let start = at
      var magnitude = 0
      while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 {
        magnitude = min(magnitude * 10 + Int(bytes[at] - UInt8(ascii: "0")), 1_000_000_000)
        at += 1
      }
      guard at > start else { return nil }
      exponent += isSmall ? -magnitude : magnitude
    }
    guard at == bytes.count else { return nil }
    while all.last == UInt8(ascii: "0") {
      all.removeLast()
      exponent += 1
    }
    digits = String(decoding: all.drop { $0 == UInt8(ascii: "0") }, as: UTF8.self)
    if digits.isEmpty { exponent = 0 }
  }
}
