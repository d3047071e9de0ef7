import Records
import TestSupport
import Testing

struct ByteBufferTests {
  /// What Python's `repr` gives, rewritten from Swift's own shortest digits.
  static func pythonRepr(_ value: Double) -> String {
    let text = value.description
    let sign = text.hasPrefix("-") ? "-" : ""
    let parts = text.drop { $0 == "-" }.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let fraction = mantissa.count > 1 ? mantissa[1] : ""
    var exponent = (parts.count > 1 ? Int(parts[1])! : 0) + mantissa[0].count - 1
    var digits = String(mantissa[0] + fraction)
    while digits.hasPrefix("0"), digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
    if digits == "0" { return sign + "0.0" }
    if exponent < -4 || exponent >= 16 {
      let magnitude = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
      let rest = digits.dropFirst()
      return "\(sign)\(digits.prefix(1))\(rest.isEmpty ? "" : ".")\(rest)e\(exponent < 0 ? "-" : "+")\(magnitude)"
    }
    if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
    let whole = digits.prefix(exponent + 1)
    let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
    let rest = digits.dropFirst(exponent + 1)
    return "\(sign)\(whole)\(zeros).\(rest.isEmpty ? "0" : rest)"
  }

  private func text(_ write: (ByteBuffer) -> Void) -> String {
    let buffer = ByteBuffer()
    write(buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-45.5, "-45.5"), (0.1 + 0.2, "0.30000000000000004"), (0.0001, "0.0001"),
    (0.00001, "1e-05"), (0.00012345, "0.00012345"), (9_999_999_999_999_998, "9999999999999998.0"), (1e16, "1e+16"),
    (12_345_678_901_234_567_168, "1.2345678901234567e+19"), (1e22, "1e+22"),
    (123_456_789_012_345_680, "1.2345678901234568e+17"),
    (.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    (2.2250738585072014e-308, "2.2250738585072014e-308"),
    (1e100, "1e+100"), (100, "100.0"),
  ])
  func writesDoublesAsPythonDoes(value: Double, expected: String) {
    #expect(text { $0.append(double: value) } == expected)
    #expect(Self.pythonRepr(value) == expected)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func writesAnyDoubleAsPythonDoes(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let buffer = ByteBuffer()
    for _ in 0..<30_000 {
      var value = Double(bitPattern: random.next())
      switch Int.random(in: 0..<4, using: &random) {
      case 0: value = Double.random(in: -1e6...1e6, using: &random)
      case 1: value = (Double.random(in: 0...1e6, using: &random) * 100).rounded() / 100
      case 2:
        value = Double(Int.random(in: -(1 << 60)...(1 << 60), using: &random) >> Int.random(in: 0...59, using: &random))
      default: if !value.isFinite { continue }
      }
      buffer.removeAll()
      buffer.append(double: value)
      let written = String(decoding: buffer.bytes, as: UTF8.self)
      guard written != Self.pythonRepr(value) || Double(written)?.bitPattern != value.bitPattern else { continue }
      Issue.record("seed \(seed): \(value) became \(written), not \(Self.pythonRepr(value))")
      return
    }
  }

  @Test func writesAnyIntegerInDecimal() {
    var random = SeededRandom(seed: 4)
    var values = [
      0, -1, 1, 9, 10, -10, 99, 100, Int.max, Int.min, Int.max - 1, 999_999_999_999_999_999, 1_000_000_000_000_000_000,
    ]
    for _ in 0..<10_000 {
      values.append(Int(bitPattern: UInt(random.next())) >> Int.random(in: 0...63, using: &random))
    }
    for value in values where text({ $0.append(decimal: value) }) != String(value) {
      Issue.record("\(value) became \(text { $0.append(decimal: value) })")
    }
  }

  @Test func growsKeepsAndDropsItsContent() {
    var random = SeededRandom(seed: 6)
    let buffer = ByteBuffer(capacity: 1)
    var expected: [UInt8] = []
    for _ in 0..<3000 {
      switch Int.random(in: 0..<7, using: &random) {
      case 0:
        let length = Int.random(in: 0...expected.count, using: &random)
        buffer.removeFirst(length)
        expected.removeFirst(length)
      case 1:
        let length = Int.random(in: 0...(expected.count + 3), using: &random)
        buffer.truncate(to: length)
        expected = Array(expected.prefix(length))
      case 2:
        buffer.append(UInt8(7))
        expected.append(7)
      case 3:
        buffer.append("static")
        expected += Array("static".utf8)
      case 4:
        buffer.append(UnsafeRawBufferPointer(start: nil, count: 0))
      default:
        let bytes = (0..<Int.random(in: 0...200, using: &random)).map { UInt8(truncatingIfNeeded: $0) }
        buffer.append(bytes)
        expected += bytes
      }
      guard buffer.count == expected.count, buffer.bytes.elementsEqual(expected) else {
        Issue.record("the content differs")
        return
      }
    }
    buffer.removeAll()
    #expect(buffer.bytes.isEmpty)
  }
}
