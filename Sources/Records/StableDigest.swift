/// A short digest of texts that is the same in every process and version: 64-bit FNV-1a.
///
/// It tells things apart; it protects against nobody. Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash
/// Algorithm".
public enum StableDigest {
  /// Sixteen hexadecimal digits.
  public static func hexadecimal(_ texts: [String]) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for text in texts {
      for byte in text.utf8 + [0] {
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
