/// Adds doubles in the order that NumPy's `add.reduce` does over a contiguous array, so that sums agree to the last
/// digit: left to right below 8 values, with 8 accumulators up to 128, and by halves above.
///
/// Source: pairwise summation as in N. J. Higham, "The accuracy of floating point summation" (1993), with NumPy's
/// block size and unrolling. A sum of negative zeros is written as a plain zero.
func pairwiseSum(_ values: UnsafeBufferPointer<Double>) -> Double {
  let count = values.count
  if count < 8 {
    var sum = 0.0
    for value in values { sum += value }
    return sum
  }
  if count <= 128 {
    var lanes = SIMD8<Double>()
    for lane in 0..<8 { lanes[lane] = values[lane] }
    let whole = count - count % 8
    var index = 8
    while index < whole {
      for lane in 0..<8 { lanes[lane] += values[index + lane] }
      index += 8
    }
    var sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    while index < count {
      sum += values[index]
      index += 1
    }
    return sum + 0.0
  }
  let half = count / 2 - count / 2 % 8
  return pairwiseSum(.init(rebasing: values[..<half])) + pairwiseSum(.init(rebasing: values[half...]))
}
