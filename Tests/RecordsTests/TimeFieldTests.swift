import Records
import Testing

struct TimeFieldTests {
  private func read(_ line: String, _ name: String, _ unit: TimeField.Unit? = nil) -> String? {
    Array(line.utf8).withUnsafeBytes { TimeField(name, unit: unit).timeOf($0) }?.description
  }

  @Test(arguments: [
    (#"{"at":"2025-01-06T22:39:07"}"#, "at"), (#"{"a":{"at":"2025-01-06 22:39:07Z"}}"#, "a.at"),
    (#"{"a":{"b":{"at":"2025-01-06T22:39:07"}}}"#, "a.b.at"), (#"{"a.at":"2025-01-06T22:39:07"}"#, "a.at"),
    (#"{"a.b":{"at":"2025-01-06T22:39:07"}}"#, "a.b.at"), (#"{"event_time":"2025-01-06T22:39:07"}"#, "event_time"),
    (#"{"a":{"a.at":1},"a.at":"2025-01-06T22:39:07"}"#, "a.at"),
  ])
  func readsTextsWhereverTheyLie(line: String, name: String) {
    #expect(read(line, name) == "2025-01-06T22:39:07")
  }

  @Test(arguments: [
    ("1433221332", TimeField.Unit.seconds), ("1433221332.999", .seconds), ("1433221332117", .milliseconds),
    ("1433221332117000", .microseconds), ("1433221332117000999", .nanoseconds), ("1.433221332e9", .seconds),
  ])
  func readsNumbersOfAKnownUnit(number: String, unit: TimeField.Unit) {
    #expect(read("{\"t\":\(number)}", "t", unit) == "2015-06-02T05:02:12")
    #expect(read("{\"t\":\(number)}", "t") == nil)
    if !number.contains("e") { #expect(read("{\"t\":\" \(number) \"}", "t", unit) == "2015-06-02T05:02:12") }
  }

  @Test func roundsTimesBefore1970Down() {
    #expect(read(#"{"t":-1}"#, "t", .milliseconds) == "1969-12-31T23:59:59")
    #expect(read(#"{"t":-0.5}"#, "t", .seconds) == "1969-12-31T23:59:59")
    #expect(read(#"{"t":-1000}"#, "t", .milliseconds) == "1969-12-31T23:59:59")
  }

  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "1e300", "-1e300", "99999999999999999999", "253402300800", "null",
    "true",
    "\"soon\"", "\"\"", "\"nan\"", "\"inf\"", "\"0x10\"", "[1433221332]", "{}",
  ])
  func whatIsNoTimeIsNone(value: String) {
    #expect(read("{\"t\":\(value)}", "t", .seconds) == nil)
    #expect(read("{\"t\":{\"u\":\(value)}}", "t.u", .seconds) == nil)
  }

  @Test func whatIsNotThereIsNone() {
    for line in ["{}", "[]", "no JSON", "", #"{"t":{"v":1}}"#, #"{"t":"u"}"#] {
      #expect(read(line, "t.u", .seconds) == nil)
    }
  }

  @Test(arguments: [
    ("1433221332", TimeField.Unit.seconds), ("1433221332117", .milliseconds), ("1433221332117000", .microseconds),
    ("1433221332117000000", .nanoseconds), ("20250106", nil), ("0", nil), ("1e30", nil),
  ])
  func guessesTheUnitByMagnitude(number: String, unit: TimeField.Unit?) {
    #expect(TimeField.likelyUnit(of: .number(number)) == unit)
    if !number.contains("e") { #expect(TimeField.likelyUnit(of: .string(number)) == unit) }
  }
}
