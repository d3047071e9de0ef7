import Records
import Testing

@testable import BatchCheck

struct PlainValuesTests {
  @Test(arguments: [
    ("7", 7), ("7.0", 7), ("007", 7), ("7e2", 700), (" 70e-1\t", 7), ("-0", 0), (".5e1", 5), ("5.", 5), ("+3", 3),
    ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("0e99999999999999999999", 0),
  ])
  func wholeNumbers(text: String, value: Int) { #expect(PlainNumber(text)?.whole == value) }

  @Test(arguments: ["7.5", "9223372036854775808", "1e19", "1e99999999999999999999", "7e-1"])
  func numbersThatAreNotWhole64BitOnes(text: String) {
    #expect(PlainNumber(text) != nil)
    #expect(PlainNumber(text)?.whole == nil)
  }

  @Test(arguments: ["", " ", ".", "-", "e5", "1e", "1e+", "0x10", "1,000", "nan", "inf", "1 2", "½", "--1"])
  func textsThatAreNoNumbers(text: String) { #expect(PlainNumber(text) == nil) }

  @Test(arguments: [("5.", 5.0), (".5", 0.5), (" 1e3 ", 1000), ("0.1", 0.1), ("-2.50", -2.5), ("1e-400", 0)])
  func finiteNumbers(text: String, value: Double) { #expect(PlainNumber(text)?.finite == value) }

  @Test func numbersBeyondDoublesAreNone() { #expect(PlainNumber("1e400")?.finite == nil) }

  @Test(arguments: [
    ("2025-01-06", "2025-01-06T00:00:00"), ("2025-01-06 10:05", "2025-01-06T10:05:00"),
    ("2025-01-06T10:05:09.999", "2025-01-06T10:05:09"), ("2025-01-06T10:05:09Z", "2025-01-06T10:05:09"),
    ("2025-01-06T00:05+05:30", "2025-01-05T18:35:00"), ("2025-01-06T23:05-0200", "2025-01-07T01:05:00"),
    (" 2024-02-29T01:00+01\n", "2024-02-29T00:00:00"), ("1969-12-31T23:59:59", "1969-12-31T23:59:59"),
  ])
  func times(text: String, utc: String) throws {
    let seconds = try #require(PlainTime.seconds(text))
    #expect("\(PlainTime.date(day: PlainTime.dayNumber(seconds)))T\(PlainTime.clock(seconds))" == utc)
  }

  @Test(arguments: [
    "", "2025-02-29", "2025-1-06", "2025-01-06T", "2025-01-06T10", "2025-01-06T24:00", "2025-01-06T10:60",
    "2025-01-06T10:05:60", "2025-01-06T10:05:09.", "2025-01-06T10:05 Z", "2025-01-06T10:05+5", "2025-01-06T10:05+24",
    "2025-01-06T10:05+05:", "0001-01-01T00:00+01:00", "9999-12-31T23:30-01:00", "2025-01-06Z", "06.01.2025",
  ])
  func textsThatAreNoTimes(text: String) { #expect(PlainTime.seconds(text) == nil) }

  /// Two readers of numbers and times that share nothing agree on whatever they are given.
  @Test func agreesWithTheStagesOnRandomTexts() {
    var random = SystemRandomNumberGenerator()
    let letters = Array("0123456789999.eE+-:T Z,x")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 1...12, using: &random)).map { _ in letters.randomElement(using: &random)! })
      Self.check(text)
      Self.check("2025-0" + text)
      Self.check("2024-12-31T23" + text)
      Self.check("2024-12-31T23:59:5" + text)
    }
  }

  private static func check(_ text: String) {
    let bytes = Array(text.utf8)
    bytes.withUnsafeBytes { raw in
      #expect(PlainNumber(text)?.whole == NumberText.integer(raw), "\(text)")
      #expect(PlainNumber(text)?.finite == NumberText.double(raw), "\(text)")
      #expect(PlainTime.seconds(text) == EventTime(bytes: raw)?.secondsSinceEpoch, "\(text)")
    }
  }

  /// What `numpy.add.reduce` gave for 1, 1/2, 1/3 and so on.
  @Test(arguments: [
    (7, 2.5928571428571425), (8, 2.7178571428571425), (20, 3.597739657143682), (128, 5.433147092589173),
    (129, 5.440899030573669), (300, 6.282663880299504), (1000, 7.485470860550345),
  ])
  func addsInTheOrderOfNumPy(count: Int, sum: Double) {
    #expect(plainSum((1...count).map { 1.0 / Double($0) }[...]) == sum)
  }

  @Test(arguments: [0, 1, 8, 200])
  func aSumOfNegativeZerosIsAPlainZero(count: Int) {
    #expect(plainSum(Array(repeating: -0.0, count: count)[...]).sign == .plus)
  }
}
