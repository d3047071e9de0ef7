/// A day of the proleptic Gregorian calendar.
struct CalendarDay {
  /// Days since 1970-01-01.
  let daysSinceEpoch: Int

  /// Day of the month, 1...31.
  ///
  /// Method: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013): in years that begin in March, the
  /// leap day is the last day, and month lengths follow a straight line.
  var dayOfMonth: Int {
    let daysPerEra = 146_097
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - (daysPerEra - 1)) / daysPerEra
    let dayOfEra = shifted - era * daysPerEra
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    return dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
  }
}
