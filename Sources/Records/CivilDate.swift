/// A day of the proleptic Gregorian calendar, in years 1 to 9999.
///
/// Conversions follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (`days_from_civil`,
/// `civil_from_days`).
public struct CivilDate: Hashable, Comparable, Sendable {
  /// Days since 1970-01-01.
  public var daysSinceEpoch: Int32

  /// The first and the last day that can be written with a four-digit year.
  public static let earliest = CivilDate(daysSinceEpoch: -719_162)
  public static let latest = CivilDate(daysSinceEpoch: 2_932_896)

  public init(daysSinceEpoch: Int32) { self.daysSinceEpoch = daysSinceEpoch }

  /// Creates a day, or nothing where the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= CivilDate.dayCount(year: year, month: month)
    else { return nil }
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    daysSinceEpoch = Int32(era * 146_097 + dayOfEra - 719_468)
  }

  /// Reads exactly `YYYY-MM-DD`.
  public init?(_ text: some StringProtocol) {
    var text = String(text)
    guard let date = text.withUTF8({ CivilDate(bytes: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = date
  }

  /// Reads exactly `YYYY-MM-DD`, ten bytes.
  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      let year = decimal(bytes, 0, 4), let month = decimal(bytes, 5, 2), let day = decimal(bytes, 8, 2)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  public var components: (year: Int, month: Int, day: Int) {
    let shifted = Int(daysSinceEpoch) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  public static func < (left: CivilDate, right: CivilDate) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }

  public static func dayCount(year: Int, month: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Writes `YYYY-MM-DD`: ten bytes at `destination`.
  public func write(to destination: UnsafeMutablePointer<UInt8>) {
    let (year, month, day) = components
    writePair(year / 100, to: destination)
    writePair(year % 100, to: destination + 2)
    destination[4] = UInt8(ascii: "-")
    writePair(month, to: destination + 5)
    destination[7] = UInt8(ascii: "-")
    writePair(day, to: destination + 8)
  }
}

extension CivilDate: CustomStringConvertible {
  public var description: String {
    String(unsafeUninitializedCapacity: 10) {
      write(to: $0.baseAddress!)
      return 10
    }
  }
}

/// The value of `length` decimal digits at `start`, or nothing where one of them is no digit.
func decimal(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ length: Int) -> Int? {
  var value = 0
  for index in start..<(start + length) {
    let digit = bytes[index] &- UInt8(ascii: "0")
    guard digit < 10 else { return nil }
    value = value * 10 + Int(digit)
  }
  return value
}

/// Writes two decimal digits.
@inline(__always)
func writePair(_ value: Int, to destination: UnsafeMutablePointer<UInt8>) {
  destination[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value / 10)
  destination[1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value % 10)
}
