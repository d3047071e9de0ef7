#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension NumPyGenerator {
  /// Draws from the gamma distribution with scale 1, NumPy's `standard_gamma(shape)`.
  ///
  /// Method: shapes above 1 by George Marsaglia and Wai Wan Tsang, "A Simple Method for Generating Gamma Variables"
  /// (2000); shapes below 1 by Joachim Ahrens and Ulrich Dieter's algorithm GS, "Computer Methods for Sampling from
  /// Gamma, Beta, Poisson and Binomial Distributions" (1974), on an exponential draw. Shape 1 is the exponential
  /// distribution, and shape 0 gives 0 without a draw.
  ///
  /// - Parameter shape: At least 0.
  /// - Returns: A number of at least 0.
  public mutating func standardGamma(shape: Double) -> Double {
    precondition(shape >= 0, "standardGamma: shape must be at least 0")
    if shape == 1 { return standardExponential() }
    if shape == 0 { return 0 }
    return shape < 1 ? gammaBelowOne(shape) : gammaAboveOne(shape)
  }

  private mutating func gammaBelowOne(_ shape: Double) -> Double {
    while true {
      let uniform = random()
      let exponential = standardExponential()
      if uniform <= 1 - shape {
        let candidate = pow(uniform, 1 / shape)
        if candidate <= exponential { return candidate }
      } else {
        let excess = -log((1 - uniform) / shape)
        let candidate = pow(1 - shape + shape * excess, 1 / shape)
        if candidate <= exponential + excess { return candidate }
      }
    }
  }

  private mutating func gammaAboveOne(_ shape: Double) -> Double {
    let location = shape - 1.0 / 3.0
    let spread = 1 / (9 * location).squareRoot()
    while true {
      var normal: Double
      var root: Double
      repeat {
        normal = standardNormal()
        root = 1 + spread * normal
      } while root <= 0
      let cube = root * root * root
      let uniform = random()
      let square = normal * normal
      // Nearly always the cheap bound decides; if not, log(0) = -infinity accepts, as it should.
      if uniform < 1 - 0.0331 * square * square { return location * cube }
      if log(uniform) < 0.5 * normal * normal + location * (1 - cube + log(cube)) { return location * cube }
    }
  }
}
