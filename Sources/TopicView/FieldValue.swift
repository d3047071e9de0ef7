import Records

/// A value that fields are compared with, as a person wrote it, and what it can be read as.
struct FieldValue: Equatable, Sendable {
  let text: String
  let bytes: [UInt8]
  let integer: Int?
  let number: Double?
  let time: EventTime?

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
    integer = bytes.withUnsafeBytes { NumberText.integer($0) }
    number = bytes.withUnsafeBytes { NumberText.double($0) }
    time = EventTime(text)
  }

  /// Whether a field's value is the same text, or the same number.
  @inline(__always)
  func isEqual(to value: ByteSpan) -> Bool {
    if value.equals(bytes) { return true }
    guard number != nil else { return false }
    return order(of: value) == 0
  }

  /// Where a field's value lies: below (negative), at (0) or above this one; nothing where the two cannot be compared,
  /// as only numbers can with numbers, and times with times.
  func order(of value: ByteSpan) -> Int? {
    if let number {
      if let other = NumberText.canonicalDouble(value), max(other.magnitude, number.magnitude) < FieldValue.exactLimit {
        return FieldValue.order(other, number)
      }
      if let integer, let other = NumberText.integer(value.bytes) { return FieldValue.order(other, integer) }
      let other = NumberText.double(value.bytes) ?? NumberText.nonFinite(value.bytes)
      return other.flatMap { $0.isNaN ? nil : FieldValue.order($0, number) }
    }
    guard let time else { return nil }
    return EventTime(bytes: value.bytes).map { FieldValue.order($0, time) }
  }

  /// Below this every whole number is a double of its own.
  private static let exactLimit = 9_007_199_254_740_992.0

  @inline(__always)
  private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
    left < right ? -1 : left > right ? 1 : 0
  }
}
