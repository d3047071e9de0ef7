/// What makes places in hash tables unforeseeable, so that nobody can choose ids that all fall on one place.
///
/// Drawn once per process. It decides where ids lie in memory and nothing else: no output depends on it.
struct HashSeed: Sendable {
  /// This process's seed.
  static let process: HashSeed = {
    var random = SystemRandomNumberGenerator()
    return HashSeed(mask: random.next(), factor: random.next())
  }()

  private let mask: UInt64
  private let factor: UInt64

  init(mask: UInt64, factor: UInt64) {
    self.mask = mask
    self.factor = factor | 1
  }

  /// Spreads ids: every bit of the result depends on every bit of the id, and on the seed.
  ///
  /// Source: the folded product of wyhash (Wang Yi, https://github.com/wangyi-fudan/wyhash).
  @inline(__always)
  func hash(_ id: Int) -> Int {
    let product = (UInt64(bitPattern: Int64(id)) ^ mask).multipliedFullWidth(by: factor)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }
}
