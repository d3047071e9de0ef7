import Records

/// Times as exports write them: `YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]][Z|±HH[[:]MM]]]`, white space around.
enum PlainTime {
  static let day = 86_400

  /// Seconds since 1970-01-01T00:00:00 UTC, the fraction dropped; nothing where the text is no time that exists.
  static func seconds(_ text: String) -> Int? {
    var rest = PlainText.trimmed(text)
    guard let year = take(4, from: &rest), skip("-", in: &rest), let month = take(2, from: &rest),
      skip("-", in: &rest), let dayOfMonth = take(2, from: &rest),
      let date = CivilDate(year: year, month: month, day: dayOfMonth)
    else { return nil }
    var seconds = Int(date.daysSinceEpoch) * day
    if rest.isEmpty { return seconds }
    guard skip("T", in: &rest) || skip(" ", in: &rest), let hour = take(2, from: &rest), skip(":", in: &rest),
      let minute = take(2, from: &rest), hour < 24, minute < 60
    else { return nil }
    seconds += hour * 3600 + minute * 60
    if skip(":", in: &rest) {
      guard let second = take(2, from: &rest), second < 60 else { return nil }
      seconds += second
      if skip(".", in: &rest) {
        guard take(1, from: &rest) != nil else { return nil }
        while take(1, from: &rest) != nil {}
      }
    }
    if rest.isEmpty || (rest.count == 1 && skip("Z", in: &rest)) { return seconds }
    let isEast = rest.first == UInt8(ascii: "+")
    guard skip("+", in: &rest) || skip("-", in: &rest), let hours = take(2, from: &rest), hours < 24 else { return nil }
    var offset = hours * 3600
    if !rest.isEmpty {
      _ = skip(":", in: &rest)
      guard let minutes = take(2, from: &rest), minutes < 60, rest.isEmpty else { return nil }
      offset += minutes * 60
    }
    seconds += isEast ? -offset : offset
    let range = Int(CivilDate.earliest.daysSinceEpoch) * day..<(Int(CivilDate.latest.daysSinceEpoch) + 1) * day
    return range.contains(seconds) ? seconds : nil
  }

  /// The day that a time lies in, since 1970-01-01.
  static func dayNumber(_ seconds: Int) -> Int { (seconds - ((seconds % day) + day) % day) / day }

  /// `YYYY-MM-DD`.
  static func date(day: Int) -> String { CivilDate(daysSinceEpoch: Int32(day)).description }

  /// `HH:MM:SS`.
  static func clock(_ seconds: Int) -> String {
    let second = seconds - dayNumber(seconds) * day
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
  }

  /// The value of exactly so many digits.
  private static func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> Int? {
    let digits = rest.prefix(count)
    guard digits.count == count, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    rest = rest[digits.endIndex...]
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private static func skip(_ character: Unicode.Scalar, in rest: inout ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }
}
