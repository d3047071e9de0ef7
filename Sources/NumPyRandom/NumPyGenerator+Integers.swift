extension NumPyGenerator {
  /// Draws a whole number, NumPy's `integers(low, high)` with its default type `int64`.
  ///
  /// - Parameters:
  ///   - low: The smallest possible result.
  ///   - high: One more than the largest possible result; greater than `low`.
  /// - Returns: A number in `low..<high`. If only one is possible, nothing is drawn.
  @inlinable
  public mutating func integers(_ low: Int, _ high: Int) -> Int {
    precondition(low < high, "integers: low must be less than high")
    return integers(low, through: high &- 1)
  }

  /// Draws a whole number, NumPy's `integers(low, high, endpoint=True)` with its default type `int64`.
  ///
  /// - Parameters:
  ///   - low: The smallest possible result.
  ///   - high: The largest possible result; at least `low`.
  /// - Returns: A number in `low...high`. If only one is possible, nothing is drawn.
  @inlinable
  public mutating func integers(_ low: Int, through high: Int) -> Int {
    precondition(low <= high, "integers: low must not be greater than high")
    let offset = bounded(UInt64(bitPattern: Int64(high) &- Int64(low)))
    return Int(truncatingIfNeeded: UInt64(bitPattern: Int64(low)) &+ offset)
  }

  /// Draws whole numbers, NumPy's `integers(low, high, count)` with its default type `int64`.
  ///
  /// - Parameters:
  ///   - low: The smallest possible result.
  ///   - high: One more than the largest possible result; greater than `low`.
  ///   - count: How many, at least 0.
  /// - Returns: The numbers in the order drawn.
  public mutating func integers(_ low: Int, _ high: Int, count: Int) -> [Int] {
    (0..<count).map { _ in integers(low, high) }
  }

  /// Draws the index of one of several equally likely things, NumPy's `choice(things)`.
  ///
  /// - Parameter count: How many things there are, at least 1.
  /// - Returns: An index in `0..<count`.
  @inlinable
  public mutating func choice(_ count: Int) -> Int {
    integers(0, count)
  }

  /// Draws a number in `0...largest` without bias.
  ///
  /// Method: Daniel Lemire, "Fast Random Integer Generation in an Interval" (2019). As in NumPy, up to 2^32 possible
  /// results take buffered 32-bit halves, more take 64 bits, and a full 32 or 64-bit range takes them as they are.
  @inlinable
  mutating func bounded(_ largest: UInt64) -> UInt64 {
    if largest < 0xffff_ffff {
      if largest == 0 { return 0 }
      return UInt64(bounded32(UInt32(truncatingIfNeeded: largest)))
    }
    if largest == 0xffff_ffff { return UInt64(nextUInt32()) }
    if largest == .max { return nextUInt64() }
    return bounded64(largest)
  }

  @inlinable
  mutating func bounded32(_ largest: UInt32) -> UInt32 {
    let possibilities = largest &+ 1
    var product = UInt64(nextUInt32()) &* UInt64(possibilities)
    if UInt32(truncatingIfNeeded: product) < possibilities {
      let threshold = (.max &- largest) % possibilities
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(nextUInt32()) &* UInt64(possibilities)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }

  @inlinable
  mutating func bounded64(_ largest: UInt64) -> UInt64 {
    let possibilities = largest &+ 1
    var product = nextUInt64().multipliedFullWidth(by: possibilities)
    if product.low < possibilities {
      let threshold = (.max &- largest) % possibilities
      while product.low < threshold {
        product = nextUInt64().multipliedFullWidth(by: possibilities)
      }
    }
    return product.high
  }
}
