#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension NumPyGenerator {
  /// Draws from the beta distribution, NumPy's `beta(alpha, beta)`.
  ///
  /// Method: two gamma draws; if both parameters are at most 1, M. D. Jöhnk's "Erzeugung von betaverteilten und
  /// gammaverteilten Zufallszahlen" (1964), in logarithms where a power underflows.
  ///
  /// - Parameters:
  ///   - alpha: Weight of results near 1, greater than 0.
  ///   - beta: Weight of results near 0, greater than 0.
  /// - Returns: A number in 0...1.
  public mutating func beta(_ alpha: Double, _ beta: Double) -> Double {
    precondition(alpha > 0 && beta > 0, "beta: alpha and beta must be greater than 0")
    if alpha <= 1 && beta <= 1 { return betaBelowOne(alpha, beta) }
    let first = standardGamma(shape: alpha)
    let second = standardGamma(shape: beta)
    return first / (first + second)
  }

  /// Draws from the beta distribution, NumPy's `beta(alpha, beta, count)`.
  ///
  /// - Parameters:
  ///   - alpha: Weight of results near 1, greater than 0.
  ///   - beta: Weight of results near 0, greater than 0.
  ///   - count: How many, at least 0.
  /// - Returns: The numbers in the order drawn.
  public mutating func beta(_ alpha: Double, _ beta: Double, count: Int) -> [Double] {
    (0..<count).map { _ in self.beta(alpha, beta) }
  }

  private mutating func betaBelowOne(_ alpha: Double, _ beta: Double) -> Double {
    // So small that only 0 and 1 are left as results.
    let tiny = 3e-103
    if alpha < tiny && beta < tiny { return (alpha + beta) * random() < alpha ? 1 : 0 }
    while true {
      let first = random()
      let second = random()
      let x = pow(first, 1 / alpha)
      let y = pow(second, 1 / beta)
      let sum = x + y
      guard sum <= 1, first + second > 0 else { continue }
      if x > 0 && y > 0 { return x / sum }
      let difference = log(first) / alpha - log(second) / beta
      if difference > 0 { return exp(-log1p(exp(-difference))) }
      return exp(difference - log1p(exp(difference)))
    }
  }
}
