#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension NumPyGenerator {
  /// Draws from the normal distribution with mean 0 and standard deviation 1, NumPy's `standard_normal()`.
  ///
  /// Method: George Marsaglia and Wai Wan Tsang, "The Ziggurat Method for Generating Random Variables" (2000), with
  /// 256 layers. One 64-bit draw holds the layer (8 bits), the sign (1 bit) and the position (52 bits).
  ///
  /// - Returns: A finite number.
  @inlinable
  public mutating func standardNormal() -> Double {
    let bits = nextUInt64()
    let layer = normalLayers[Int(truncatingIfNeeded: bits & 0xff)]
    let position = bits >> 9 & 0xf_ffff_ffff_ffff
    let magnitude = Double(Int64(truncatingIfNeeded: position)) * layer.scale
    // The sign bit is moved, not branched on: a branch would be guessed wrong every second time.
    let x = Double(bitPattern: magnitude.bitPattern | (bits & 0x100) &<< 55)
    if position < layer.inside { return x }
    // The rare road works on a copy, so that the caller's generator can stay in registers.
    var outside = self
    let result = outside.standardNormalOutside(bits: bits, x: x)
    self = outside
    return result
  }

  /// Draws from a normal distribution, NumPy's `normal(mean, standardDeviation)`.
  ///
  /// - Parameters:
  ///   - mean: The centre.
  ///   - standardDeviation: The spread, at least 0.
  /// - Returns: `mean + standardDeviation × standardNormal()`.
  @inlinable
  public mutating func normal(mean: Double, standardDeviation: Double) -> Double {
    mean + standardDeviation * standardNormal()
  }

  /// Draws from a normal distribution, NumPy's `normal(mean, standardDeviation, count)`.
  ///
  /// - Parameters:
  ///   - mean: The centre.
  ///   - standardDeviation: The spread, at least 0.
  ///   - count: How many, at least 0.
  /// - Returns: The numbers in the order drawn.
  public mutating func normal(mean: Double, standardDeviation: Double, count: Int) -> [Double] {
    (0..<count).map { _ in normal(mean: mean, standardDeviation: standardDeviation) }
  }

  /// Decides a draw that fell outside its layer's rectangle: in the tail, or in the wedge under the curve.
  @usableFromInline
  @inline(never)
  mutating func standardNormalOutside(bits: UInt64, x: Double) -> Double {
    let index = Int(truncatingIfNeeded: bits & 0xff)
    if index == 0 { return normalTail(isNegative: bits & 0x2_0000 != 0) }
    let lower = normalLayers[index].density
    let upper = normalLayers[index - 1].density
    if (upper - lower) * random() + lower < exp(-0.5 * x * x) { return x }
    return standardNormal()
  }

  /// Draws from the part of the curve beyond the lowest layer.
  ///
  /// Method: George Marsaglia, "Generating a Variable from the Tail of the Normal Distribution" (1964).
  private mutating func normalTail(isNegative: Bool) -> Double {
    let tailStart = 3.6541528853610088
    let inverseOfTailStart = 0.27366123732975828
    while true {
      let beyond = -inverseOfTailStart * log1p(-random())
      let height = -log1p(-random())
      if height + height > beyond * beyond {
        return isNegative ? -(tailStart + beyond) : tailStart + beyond
      }
    }
  }
}
