/// A number as exports write it, taken apart: an optional sign, digits with an optional point, an optional exponent,
/// white space around.
struct PlainNumber {
  private var isNegative = false
  private var wholeDigits = ""
  private var fractionDigits = ""
  private var exponent = 0

  /// - Returns: Nothing where the text is no such number.
  init?(_ text: String) {
    var rest = PlainText.trimmed(text)
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
      isNegative = rest.removeFirst() == UInt8(ascii: "-")
    }
    wholeDigits = PlainNumber.takeDigits(from: &rest)
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fractionDigits = PlainNumber.takeDigits(from: &rest)
    }
    guard !(wholeDigits + fractionDigits).isEmpty else { return nil }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest.removeFirst()
      var isSmall = false
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
        isSmall = rest.removeFirst() == UInt8(ascii: "-")
      }
      let digits = PlainNumber.takeDigits(from: &rest)
      guard !digits.isEmpty else { return nil }
      // beyond a million digits no text is long enough to make up for it
      let magnitude = Int(digits.drop { $0 == "0" }.prefix(8)) ?? 0
      exponent = isSmall ? -magnitude : magnitude
    }
    guard rest.isEmpty else { return nil }
  }

  /// The nearest double; nothing where that is not finite.
  var finite: Double? {
    let sign = isNegative ? "-" : ""
    let text =
      "\(sign)\(wholeDigits.isEmpty ? "0" : wholeDigits).\(fractionDigits.isEmpty ? "0" : fractionDigits)e\(exponent)"
    guard let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// The value where it is whole and fits 64 bits.
  var whole: Int? {
    var digits = (wholeDigits + fractionDigits).drop { $0 == "0" }
    if digits.isEmpty { return 0 }
    var power = exponent - fractionDigits.count
    while digits.last == "0" {
      digits.removeLast()
      power += 1
    }
    guard power >= 0, digits.count + power <= 19 else { return nil }
    return Int((isNegative ? "-" : "") + digits + String(repeating: "0", count: power))
  }

  private static func takeDigits(from rest: inout ArraySlice<UInt8>) -> String {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest = rest[digits.endIndex...]
    return String(decoding: digits, as: UTF8.self)
  }
}
