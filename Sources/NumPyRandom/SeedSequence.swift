/// Spreads a seed over as many well-mixed words as a generator needs, as NumPy's `SeedSequence` does.
///
/// Method: Melissa O'Neill, "Developing a seed_seq Alternative" (2015), with NumPy's pool of four 32-bit words and
/// its constants. Only what an integer seed of up to 64 bits needs is here: no spawn keys, no larger entropy.
struct SeedSequence {
  private static let poolSize = 4

  private var pool: [UInt32]

  /// Mixes a seed into the pool.
  ///
  /// - Parameter seed: Any value. It enters as its little-endian 32-bit words without leading zeros, so a seed of
  ///   2^32 or more gives two words; the pool hashes missing words as zeros.
  init(seed: UInt64) {
    let entropy = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32), 0, 0]
    var multiplier: UInt32 = 0x43b0_d7e5

    func hashed(_ word: UInt32) -> UInt32 {
      var word = word ^ multiplier
      multiplier &*= 0x931e_8875
      word &*= multiplier
      return word ^ (word >> 16)
    }

    var pool = entropy.map(hashed)
    for source in 0..<Self.poolSize {
      for target in 0..<Self.poolSize where target != source {
        let mixed = 0xca01_f9dd &* pool[target] &- 0x4973_f715 &* hashed(pool[source])
        pool[target] = mixed ^ (mixed >> 16)
      }
    }
    self.pool = pool
  }

  /// Draws state words from the pool.
  ///
  /// - Parameter count: How many 64-bit words to give.
  /// - Returns: The words; each is two consecutive 32-bit words, the low half first.
  func words(count: Int) -> [UInt64] {
    var multiplier: UInt32 = 0x8b51_f9dd

    func half(_ index: Int) -> UInt64 {
      var word = pool[index % Self.poolSize] ^ multiplier
      multiplier &*= 0x58f3_8ded
      word &*= multiplier
      return UInt64(word ^ (word >> 16))
    }

    return (0..<count).map { index in
      let low = half(2 * index)
      return low | half(2 * index + 1) << 32
    }
  }
}
