/// The sum of doubles in NumPy's order, so that its last digit does not depend on who adds.
///
/// Source: `pairwise_sum` in NumPy's `loops_utils.h.src`: below 8 values from left to right, up to 128 in eight lanes,
/// beyond that by halves.
func plainSum(_ values: ArraySlice<Double>) -> Double {
  if values.count < 8 { return values.reduce(0.0, +) }
  if values.count <= 128 {
    let first = values.startIndex
    var lanes = Array(values[first..<(first + 8)])
    let wholeCount = values.count / 8 * 8
    for index in 8..<max(8, wholeCount) { lanes[index % 8] += values[first + index] }
    let ofLanes = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    return 0.0 + values[(first + wholeCount)...].reduce(ofLanes, +)
  }
  let middle = values.startIndex + values.count / 2 / 8 * 8
  return plainSum(values[..<middle]) + plainSum(values[middle...])
}
