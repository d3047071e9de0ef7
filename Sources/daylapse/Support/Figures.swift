/// Figures as people read them.
enum Figures {
  /// `1,234,567`.
  static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `1 message`, `1,234 messages`.
  ///
  /// - Parameter many: Of several; the noun with an s where nothing is given.
  static func count(_ value: Int, _ noun: String, _ many: String? = nil) -> String {
    "\(grouped(value)) \(value == 1 ? noun : many ?? noun + "s")"
  }

  /// `2,000 users x 120 days = 240,000 user-days`.
  static func userDays(users: Int, days: Int, rows: Int) -> String {
    "\(count(users, "user")) x \(count(days, "day")) = \(count(rows, "user-day"))"
  }

  /// `3.4 MB`, in powers of ten.
  static func bytes(_ value: Int) -> String {
    var amount = Double(value)
    for unit in ["B", "KB", "MB", "GB"] {
      if amount < 999.5 || unit == "GB" { return unit == "B" ? "\(value) B" : "\(decimal(amount, 1)) \(unit)" }
      amount /= 1000
    }
    return "\(value) B"
  }

  /// `0.74 s`, `2 m 05 s`.
  static func duration(_ seconds: Double) -> String {
    if seconds < 100 { return "\(decimal(seconds, 2)) s" }
    let whole = Int(min(seconds, 1e15).rounded())
    if whole < 3600 { return "\(whole / 60) m \(twoDigits(whole % 60)) s" }
    return "\(whole / 3600) h \(twoDigits(whole / 60 % 60)) m"
  }

  /// A number with so many decimals.
  static func decimal(_ value: Double, _ places: Int) -> String {
    var scale = 1
    for _ in 0..<places { scale *= 10 }
    let scaled = Int((min(value.magnitude, 1e15) * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + String(scaled) }
    return "\(sign)\(scaled / scale)." + String(repeating: "0", count: places - fraction.count) + fraction
  }

  static func percent(_ part: Int, of whole: Int) -> String {
    whole == 0 ? "0.0 %" : decimal(Double(part) / Double(whole) * 100, 1) + " %"
  }

  /// How long something will take: `42 s`, `1 m 15 s`, `2 h 05 m`, `3 d 04 h`.
  static func estimate(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9).rounded(.up))
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) m \(twoDigits(whole % 60)) s" }
    if whole < 86_400 { return "\(whole / 3600) h \(twoDigits(whole / 60 % 60)) m" }
    return "\(grouped(whole / 86_400)) d \(twoDigits(whole / 3600 % 24)) h"
  }

  /// A number with at least three digits that count: `0.99`, `12.3`, `1,234`.
  static func short(_ value: Double) -> String {
    let value = min(max(value, -1e15), 1e15)
    if value.magnitude < 9.995 { return decimal(value, 2) }
    if value.magnitude < 99.95 { return decimal(value, 1) }
    return grouped(Int(value.rounded()))
  }

  static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}

extension String {
  /// Filled up with blanks on the right.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  /// Filled up with blanks on the left.
  func aligned(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
