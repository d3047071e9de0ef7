/// One layer of a ziggurat: a rectangle, and how to tell whether a draw lies inside it.
@frozen
@usableFromInline
struct ZigguratLayer {
  /// What a position is multiplied by to give the number drawn.
  @usableFromInline let scale: Double
  /// Positions below this are under the curve without further question.
  @usableFromInline let inside: UInt64
  /// The curve's height at the layer's outer edge.
  @usableFromInline let density: Double

  /// Number of layers, chosen by 8 bits.
  static let count = 256

  /// Lays three columns out row by row, so that a draw touches one place in memory.
  ///
  /// - Returns: `count` layers that are never freed.
  static func table(scales: [Double], insides: [UInt64], densities: [Double]) -> UnsafePointer<ZigguratLayer> {
    let layers = UnsafeMutablePointer<ZigguratLayer>.allocate(capacity: count)
    for index in 0..<count {
      let layer = ZigguratLayer(scale: scales[index], inside: insides[index], density: densities[index])
      (layers + index).initialize(to: layer)
    }
    return UnsafePointer(layers)
  }
}
