#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension NumPyGenerator {
  /// Draws from the exponential distribution with mean 1, NumPy's `standard_exponential()`.
  ///
  /// Method: the ziggurat of ``standardNormal()`` under the exponential curve. One 64-bit draw holds the layer (8
  /// bits) and the position (53 bits).
  ///
  /// - Returns: A finite number, at least 0.
  @inlinable
  public mutating func standardExponential() -> Double {
    let bits = nextUInt64()
    let index = Int(truncatingIfNeeded: bits >> 3 & 0xff)
    let layer = exponentialLayers[index]
    let position = bits >> 11
    let x = Double(Int64(truncatingIfNeeded: position)) * layer.scale
    if position < layer.inside { return x }
    var outside = self
    let result = outside.standardExponentialOutside(index: index, x: x)
    self = outside
    return result
  }

  /// Decides a draw that fell outside its layer's rectangle: in the tail, or in the wedge under the curve.
  @usableFromInline
  @inline(never)
  mutating func standardExponentialOutside(index: Int, x: Double) -> Double {
    // The tail of an exponential curve is the curve itself, moved.
    let tailStart = 7.6971174701310497
    if index == 0 { return tailStart - log1p(-random()) }
    let lower = exponentialLayers[index].density
    let upper = exponentialLayers[index - 1].density
    if (upper - lower) * random() + lower < exp(-x) { return x }
    return standardExponential()
  }
}
