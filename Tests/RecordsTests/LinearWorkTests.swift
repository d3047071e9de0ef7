import TestSupport
import Testing

@testable import Records

/// Nobody can make reading take longer than its input is long: counted in bytes that are allocated and in steps.
struct LinearWorkTests {
  private static let count = 200_000

  private static let texts: [(String, String)] = [
    ("escapes", "\"" + String(repeating: "\\n", count: count) + "\""),
    ("quotes", "{\"course_id\":\"" + String(repeating: "\\\"", count: count) + "\"}"),
    ("numbered escapes", "\"" + String(repeating: "\\u00e9", count: count) + "\""),
    ("escaped names", "{" + (0..<count / 10).map { "\"\\u0061\($0)\":1" }.joined(separator: ",") + "}"),
    ("members", "{" + Array(repeating: "\"a\":1", count: count).joined(separator: ",") + "}"),
    ("lists", "[" + Array(repeating: "[]", count: count).joined(separator: ",") + "]"),
    ("blanks", "{" + String(repeating: " ", count: count) + "}"),
  ]

  @Test(arguments: texts.map(\.0))
  func readingJSONCopiesEveryByteAFewTimesAtMost(kind: String) throws {
    let text = Array(Self.texts.first { $0.0 == kind }!.1.utf8)
    var value: JSONValue?
    let bytes = try allocatedBytes { value = try JSONValue(parsing: text) }
    #expect(value != nil)
    #expect(bytes < 100 * text.count, "\(bytes) bytes for \(text.count)")
  }

  @Test func aTextThatIsCutOffIsGivenUpInOnePass() {
    let text = Array(("\"" + String(repeating: "\\n", count: Self.count)).utf8)
    let bytes = allocatedBytes { #expect(throws: JSONError.self) { try JSONValue(parsing: text) } }
    #expect(bytes < 100 * text.count)
  }

  /// Ids of which all fell on one place of a table whose hash was the product with 2^64/φ.
  private static let multiplesOfInverse: [Int] = {
    var inverse: UInt64 = 1
    for _ in 0..<6 { inverse = inverse &* (2 &- 0x9E37_79B9_7F4A_7C15 &* inverse) }
    return (1...50_000).map { Int(truncatingIfNeeded: inverse &* UInt64($0)) }
  }()

  @Test(arguments: [1, 2, 3] as [UInt64])
  func idsThatWereChosenToCollideDoNot(seed: UInt64) {
    let shapes: [[Int]] = [
      Self.multiplesOfInverse, (1...50_000).map { $0 << 40 }, (1...50_000).map { -$0 << 20 },
      (1...50_000).map { Int.max - $0 << 6 }, (1...50_000).map { 1 << 50 | $0 << 6 },
    ]
    for (number, ids) in shapes.enumerated() {
      let hash = HashSeed(mask: seed &* 0x1234_5678_9ABC_DEF1, factor: seed &* 0xDA94_2042_E4DD_58B5)
      var set = IDSet(seed: hash)
      var index = IDIndex(seed: hash)
      for id in Set(ids).sorted() {
        _ = set.insert(id)
        index.append(id)
      }
      #expect(set.displacement < 4 * ids.count, "shape \(number)")
      #expect(index.displacement < 4 * ids.count, "shape \(number)")
      #expect(ids.allSatisfy { set.contains($0) && index.position(of: $0) >= 0 })
    }
  }

  @Test func tablesOfThisProcessHaveASeedOfTheirOwn() {
    // the chance that two drawn seeds place a thousand ids alike is nil
    let other = HashSeed(mask: 0, factor: 1)
    #expect((0..<1000).contains { HashSeed.process.hash($0) != other.hash($0) })
  }
}
