import TestSupport

/// Makes inputs out of others: the same ones for the same seed.
struct FuzzMutator {
  private var random: SeededRandom
  private let pool: [[UInt8]]
  private let words: [[UInt8]]
  private let byteLimit = 1 << 16

  /// What any decoder of text may stumble over.
  private static let commonWords: [[UInt8]] =
    [
      "0", "-0", "1", "-1", "00", "1.", ".5", "1e", "1e999", "-1e-999", "1e+308", "0.1", "9223372036854775807",
      "9223372036854775808", "-9223372036854775808", "18446744073709551616", "999999999999999999",
      "1234567890123456789012345678901234567890", "nan", "inf", "null", "true", "false", "\"", "\\", "\\u0000",
      "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u00e9", "{", "}", "[", "]", ",", ":", "\n", "\r\n", "\t", " ",
      "\u{feff}", "é", "e\u{301}", "\u{1F600}", "2025-01-06", "2024-02-29", "0001-01-01", "9999-12-31T23:59:59",
      "1969-12-31T23:59:59", "Z", "+23:59", "-2359", "+02",
    ].map { Array($0.utf8) } + [
      [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x7F], [0x1F], [0x0B],
    ]

  init(seed: UInt64, pool: [[UInt8]], words: [String]) {
    random = SeededRandom(seed: seed)
    self.pool = pool.isEmpty ? [[]] : pool
    self.words = FuzzMutator.commonWords + words.map { Array($0.utf8) } + words.map { Array($0.utf8) }
  }

  mutating func next() -> [UInt8] {
    var bytes = random.pick(pool)
    for _ in 0..<(1 << Int.random(in: 0...3, using: &random)) { mutate(&bytes) }
    return bytes.count > byteLimit ? Array(bytes[..<byteLimit]) : bytes
  }

  private mutating func place(_ bytes: [UInt8]) -> Int { Int.random(in: 0...bytes.count, using: &random) }

  private mutating func range(_ bytes: [UInt8], atMost limit: Int = 32) -> Range<Int> {
    let start = place(bytes)
    return start..<min(bytes.count, start + Int.random(in: 0...limit, using: &random))
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    switch Int.random(in: 0..<14, using: &random) {
    case 0 where !bytes.isEmpty: bytes[place(bytes) % bytes.count] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1 where !bytes.isEmpty: bytes[place(bytes) % bytes.count] = UInt8.random(in: 0...255, using: &random)
    case 2: bytes.removeSubrange(range(bytes))
    case 3: bytes.insert(contentsOf: bytes[range(bytes)], at: place(bytes))
    case 4: bytes.removeSubrange(place(bytes)...)
    case 5:
      // the beginning of one input, the end of another
      let other = random.pick(pool)
      bytes = Array(bytes[..<place(bytes)] + other[place(other)...])
    case 6:
      let other = random.pick(pool)
      bytes.insert(contentsOf: other[range(other, atMost: 200)], at: place(bytes))
    case 7, 8: bytes.insert(contentsOf: random.pick(words), at: place(bytes))
    case 9: bytes.replaceSubrange(range(bytes, atMost: 8), with: random.pick(words))
    case 10: replaceNumber(&bytes)
    case 11: nest(&bytes)
    case 12: swapPieces(&bytes)
    default:
      // one byte or word, very often
      let count = random.pick([2, 8, 17, 64, 65, 300, 5000])
      let unit = random.chance(2) ? random.pick(words) : [UInt8.random(in: 0...255, using: &random)]
      bytes.insert(contentsOf: (0..<count).flatMap { _ in unit }, at: place(bytes))
    }
  }

  /// Puts another number in the place of one that is there.
  private mutating func replaceNumber(_ bytes: inout [UInt8]) {
    let start = place(bytes)
    let isDigit = { (byte: UInt8) in byte &- 0x30 < 10 }
    guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
    let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
    let value = Int(String(decoding: bytes[first..<end], as: UTF8.self)) ?? 0
    let near = value &+ Int.random(in: -2...2, using: &random)
    let other = random.pick([near, -value, value &* 10, 1 << 31, 1 << 60, .max, .max - 1, .min, 0])
    bytes.replaceSubrange(first..<end, with: Array(String(other).utf8))
  }

  private mutating func nest(_ bytes: inout [UInt8]) {
    let depth = random.pick([1, 3, 62, 63, 64, 65, 2000])
    let (open, close) = random.pick([("[", "]"), ("{\"a\":", "}"), ("\"", "\"")])
    let inner = range(bytes, atMost: 40)
    let opened = String(repeating: open, count: depth).utf8
    let closed = String(repeating: close, count: random.chance(4) ? depth - 1 : depth).utf8
    bytes.replaceSubrange(inner, with: opened + Array(bytes[inner]) + closed)
  }

  /// Exchanges two of the pieces that commas and line feeds make.
  private mutating func swapPieces(_ bytes: inout [UInt8]) {
    let separator: UInt8 = random.chance(2) ? 0x2C : 0x0A
    var pieces = bytes.split(separator: separator, omittingEmptySubsequences: false)
    pieces.swapAt(
      Int.random(in: pieces.indices, using: &random), Int.random(in: pieces.indices, using: &random))
    bytes = Array(pieces.joined(separator: [separator]))
  }
}
