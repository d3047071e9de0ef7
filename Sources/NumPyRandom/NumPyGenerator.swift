/// A stream of random numbers, bit for bit that of NumPy's `numpy.random.default_rng(seed)`.
///
/// The source is PCG64, that is PCG XSL-RR 128/64 (Melissa O'Neill, "PCG: A Family of Simple Fast Space-Efficient
/// Statistically Good Algorithms for Random Number Generation", 2014), seeded through NumPy's `SeedSequence`. The
/// distributions consume the stream exactly as NumPy's `Generator` methods of the same name do. In NumPy, scalar calls
/// and array calls consume it alike, and so they do here.
///
/// Where a distribution needs `log`, `exp` or `pow`, it uses the platform's C library as NumPy does; the results agree
/// to the last bit with a NumPy on the same C library that was built without fused multiply-add contraction, such as
/// the x86-64 wheels. They agree with NumPy 2.4.
///
/// ```swift
/// var random = NumPyGenerator(seed: 42)
/// let die = random.integers(1, 7)
/// let height = random.normal(mean: 170, standardDeviation: 8)
/// ```
///
/// The generator is a value: a copy goes on with the same numbers by itself.
///
/// Guard of the unchecked conformance to `Sendable`: the two pointers are to tables that are filled before they are
/// handed out, and never written or freed afterwards.
@frozen
public struct NumPyGenerator: @unchecked Sendable {
  @usableFromInline var stateBits: UInt128
  @usableFromInline let incrementBits: UInt128
  @usableFromInline var highHalf: UInt32
  @usableFromInline var hasHighHalf: Bool

  // Kept in the value so that a draw needs neither a lazy global's check nor an array's bounds check.
  @usableFromInline let normalLayers: UnsafePointer<ZigguratLayer>
  @usableFromInline let exponentialLayers: UnsafePointer<ZigguratLayer>

  /// Starts the stream that `numpy.random.default_rng(seed)` starts.
  ///
  /// - Parameter seed: Any value.
  public init(seed: UInt64) {
    let words = SeedSequence(seed: seed).words(count: 4)
    let initialState = UInt128(words[0]) << 64 | UInt128(words[1])
    let sequence = UInt128(words[2]) << 64 | UInt128(words[3])
    incrementBits = sequence << 1 | 1
    // PCG's own seeding: one step from zero, which gives the increment, then the state is added, then one step.
    stateBits = (incrementBits &+ initialState) &* Self.multiplier &+ incrementBits
    highHalf = 0
    hasHighHalf = false
    normalLayers = ZigguratLayer.normal
    exponentialLayers = ZigguratLayer.exponential
  }

  /// The multiplier of PCG's 128-bit linear congruential step.
  @usableFromInline
  static var multiplier: UInt128 {
    @inlinable get { 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645 }
  }

  /// The 128-bit state, NumPy's `bit_generator.state["state"]["state"]`.
  @inlinable
  public var state: UInt128 { stateBits }

  /// The increment, always odd, NumPy's `bit_generator.state["state"]["inc"]`.
  @inlinable
  public var increment: UInt128 { incrementBits }

  /// The 32-bit half that the next draw of 32 bits will take, if one is left over; NumPy's `uinteger`.
  @inlinable
  public var bufferedUInt32: UInt32? { hasHighHalf ? highHalf : nil }

  /// Draws 64 random bits.
  ///
  /// - Returns: Any 64-bit value. A buffered 32-bit half stays where it is.
  @inlinable
  public mutating func nextUInt64() -> UInt64 {
    stateBits = stateBits &* Self.multiplier &+ incrementBits
    let folded = UInt64(truncatingIfNeeded: stateBits >> 64) ^ UInt64(truncatingIfNeeded: stateBits)
    let rotation = UInt64(truncatingIfNeeded: stateBits >> 122)
    return folded &>> rotation | folded &<< (0 &- rotation)
  }

  /// Draws 32 random bits.
  ///
  /// - Returns: The low half of a new 64-bit draw, and at the next call its high half.
  @inlinable
  public mutating func nextUInt32() -> UInt32 {
    if hasHighHalf {
      hasHighHalf = false
      return highHalf
    }
    let bits = nextUInt64()
    highHalf = UInt32(truncatingIfNeeded: bits >> 32)
    hasHighHalf = true
    return UInt32(truncatingIfNeeded: bits)
  }

  /// Draws a uniformly distributed number, NumPy's `random()`.
  ///
  /// - Returns: A multiple of 2^-53 in 0..<1.
  @inlinable
  public mutating func random() -> Double {
    Double(Int64(truncatingIfNeeded: nextUInt64() >> 11)) * 0x1p-53
  }

  /// Draws uniformly distributed numbers, NumPy's `random(count)`.
  ///
  /// - Parameter count: How many, at least 0.
  /// - Returns: The numbers in the order drawn.
  public mutating func random(count: Int) -> [Double] {
    (0..<count).map { _ in random() }
  }
}

/// Makes the stream a source for the standard library's `shuffle(using:)` and the like, which are not NumPy's.
extension NumPyGenerator: RandomNumberGenerator {
  /// Draws 64 random bits, the same as ``nextUInt64()``.
  @inlinable
  public mutating func next() -> UInt64 { nextUInt64() }
}
