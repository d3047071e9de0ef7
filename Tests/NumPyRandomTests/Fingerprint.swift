/// A 64-bit FNV-1a hash over 64-bit words: one number that stands for a long run of draws.
struct Fingerprint: Equatable {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Takes one more word in.
  mutating func combine(_ word: UInt64) {
    value = (value ^ word) &* 0x100_0000_01b3
  }

  /// Hashes the bits of numbers in order.
  static func of(_ numbers: [Double]) -> UInt64 {
    var fingerprint = Fingerprint()
    for number in numbers { fingerprint.combine(number.bitPattern) }
    return fingerprint.value
  }

  /// Hashes whole numbers in order.
  static func of(_ numbers: [Int]) -> UInt64 {
    var fingerprint = Fingerprint()
    for number in numbers { fingerprint.combine(UInt64(bitPattern: Int64(number))) }
    return fingerprint.value
  }
}
