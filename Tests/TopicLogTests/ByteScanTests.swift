import CByteScan
import Testing

struct ByteScanTests {
  @Test func checksumsAreThoseOfTheStandard() {
    #expect(crc32c(0, "123456789", 9) == 0xE306_9283)
    // RFC 3720, appendix B.4
    #expect(crc32c(0, [UInt8](repeating: 0, count: 32), 32) == 0x8A91_36AA)
    #expect(crc32c(0, [UInt8](repeating: 0xFF, count: 32), 32) == 0x62A8_AB43)
    #expect(crc32c(0, Array(UInt8(0)..<32), 32) == 0x46DD_794E)
    #expect(crc32c(0, nil, 0) == 0)
  }

  @Test func everyWayToAChecksumGivesTheSame() {
    var random = SplitMix64(state: 1)
    let bytes = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    bytes.withUnsafeBytes { raw in
      for _ in 0..<300 {
        let start = Int.random(in: 0..<40_000, using: &random)
        let count = Int.random(in: 0...(40_000 - start), using: &random)
        let split = Int.random(in: 0...count, using: &random)
        let base = raw.baseAddress! + start
        let whole = crc32c(0, base, count)
        #expect(whole == crc32c_portable(0, base, count))
        #expect(whole == crc32c(crc32c(0, base, split), base + split, count - split))
      }
    }
  }

  @Test func newlinesAreFoundWhereTheyAre() {
    var random = SplitMix64(state: 2)
    for round in 0..<400 {
      let density = [2, 10, 100, 1000][round % 4]
      let count = Int.random(in: 0..<700, using: &random)
      let bytes = (0..<count).map { _ in
        Int.random(in: 0..<density, using: &random) == 0
          ? UInt8(10) : [UInt8(11), 138, 0x8A, 0].randomElement(using: &random)!
      }
      let places = bytes.indices.filter { bytes[$0] == 10 }
      #expect(count_newlines(bytes, count) == places.count)
      #expect(find_last_newline(bytes, count) == places.last ?? count)
      for n in 0...(places.count + 1) {
        let expected = n >= 1 && n <= places.count ? places[n - 1] : count
        #expect(find_nth_newline(bytes, count, n) == expected)
        var taken = -1
        let length = take_lines(bytes, count, n, &taken)
        #expect(taken == min(n, places.count))
        #expect(length == (taken == 0 ? 0 : places[taken - 1] + 1))
      }
    }
  }
}
