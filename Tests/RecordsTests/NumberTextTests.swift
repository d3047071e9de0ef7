import CNumberText
import Records
import TestSupport
import Testing

struct NumberTextTests {
  private func double(_ text: String) -> Double? { Array(text.utf8).withUnsafeBytes { NumberText.double($0) } }
  private func integer(_ text: String) -> Int? { Array(text.utf8).withUnsafeBytes { NumberText.integer($0) } }
  private func isCanonicalDouble(_ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { ByteSpan($0).map { NumberText.isCanonicalDouble($0) } ?? false }
  }
  private func isCanonicalInteger(_ text: String) -> Bool {
    Array(text.utf8).withUnsafeBytes { ByteSpan($0).map { NumberText.isCanonicalInteger($0) } ?? false }
  }

  @Test(arguments: [
    ("5", 5.0), ("5.", 5), (".5", 0.5), ("+5", 5), ("-5e-1", -0.5), (" \t5\r\n", 5), ("005", 5), ("1E2", 100),
    ("1e+2", 100),
    ("0e999999999999", 0), ("1e-999999999999", 0), ("123456789012345678901234567890", 123456789012345678901234567890.0),
    ("0.1000000000000000055511151231257827", 0.1),
    ("179769313486231570814527423731704356798070e267", 1.7976931348623157e308),
    ("2.4703282292062327e-324", 0), ("2.4703282292062328e-324", .leastNonzeroMagnitude),
  ])
  func readsEveryFormOfANumber(text: String, value: Double) {
    #expect(double(text) == value)
  }

  @Test(arguments: [
    "", " ", ".", "-", "+", "e5", "5e", "5e+", "1e999", "-1e400", "inf", "nan", "Infinity", "0x10", "1_000", "1,5",
    "--5", "5 5", "5f",
    "٣", "1e5.5", "5..", "NaN",
  ])
  func refusesWhatIsNoFiniteNumber(text: String) {
    #expect(double(text) == nil)
    #expect(integer(text) == nil)
  }

  @Test(arguments: [
    ("7", 7), ("7.0", 7), ("007", 7), ("7e2", 700), ("700e-2", 7), ("-0", 0), ("-0.0", 0), (" 7 ", 7),
    ("9223372036854775807", Int.max),
    ("-9223372036854775808", Int.min), ("9223372036854775807.000", Int.max), ("92233720368547758.07e2", Int.max),
    ("1e18", 1_000_000_000_000_000_000),
    ("0e99999999999999999999", 0), ("9007199254740993", 9_007_199_254_740_993),
  ])
  func takesIntegersExactly(text: String, value: Int) {
    #expect(integer(text) == value)
  }

  @Test(arguments: ["7.5", "1e-1", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999", "0.1e0"])
  func refusesWhatIsNotWholeOrTooLarge(text: String) {
    #expect(integer(text) == nil)
  }

  @Test(arguments: [
    (Double.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (-.nan, "nan"), (.signalingNaN, "nan"), (0, "0.0"),
    (-0.0, "-0.0"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (-.leastNonzeroMagnitude, "-5e-324"),
    (1e16, "1e+16"), (9_999_999_999_999_998, "9999999999999998.0"), (1e-5, "1e-05"), (0.0001, "0.0001"),
  ])
  func writesWhatPythonsReprWrites(value: Double, text: String) throws {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(double: value)
    #expect(String(decoding: buffer.bytes, as: UTF8.self) == text)
    let json = try JSONValue(parsing: JSONValue.double(value).description)
    #expect(json.doubleValue == value || json.doubleValue?.isNaN == true && value.isNaN)
  }

  @Test func everyDoubleFitsTheRoomThatItIsGiven() {
    var random = SeededRandom(seed: 15)
    for round in 0..<40_000 {
      let value = Double(bitPattern: round < 4096 ? UInt64(round) << 52 | 0x1F_FFFF_FFFF_FFFF : random.next())
      let (length, isIntact) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { out in
        out.initialize(repeating: 0x5A)
        let length = dl_write_double(value, out.baseAddress!)
        return (length, out[32...].allSatisfy { $0 == 0x5A })
      }
      guard length <= 24, isIntact else {
        Issue.record("\(value) takes \(length) bytes")
        return
      }
    }
  }

  @Test func canonicalIsWhatTheBufferWrites() {
    var random = SeededRandom(seed: 8)
    let characters = Array("0123456789012345.-+eE ")
    var canonical = 0
    for _ in 0..<40_000 {
      var text = String((0..<Int.random(in: 1...6, using: &random)).map { _ in random.pick(characters) })
      if random.chance(3) { text = JSONValue.double(Double.random(in: -1e7...1e7, using: &random)).description }
      let value = double(text)
      let isOwnText = value.map { JSONValue.double($0).description == text } ?? false
      let isOwnInteger = Int(text).map { String($0) == text && text.count <= 18 } ?? false
      if isOwnText { canonical += 1 }
      guard isCanonicalDouble(text) == isOwnText, isCanonicalInteger(text) == isOwnInteger else {
        Issue.record("\(text): \(isCanonicalDouble(text)), \(isCanonicalInteger(text))")
        return
      }
    }
    #expect(canonical > 10_000)
    #expect(!isCanonicalInteger("9223372036854775807"))
    #expect(isCanonicalInteger("-123456789012345678"))
  }
}
