import TestSupport
import Testing

@testable import Aggregator

struct PairwiseSumTests {
  @Test func addsInTheOrderOfNumPyForEveryLength() {
    var random = SeededRandom(seed: 5)
    var differentFromPlain = 0
    for count in Array(0...300) + [511, 512, 513, 1000, 1024, 4097] {
      for _ in 0..<10 {
        let values = (0..<count).map { _ in Double.random(in: -1000...1000, using: &random) }
        let sum = values.withUnsafeBufferPointer { pairwiseSum($0) }
        #expect(sum == numpySum(values), "\(count) values")
        if sum != values.reduce(0, +) { differentFromPlain += 1 }
      }
    }
    // otherwise the order would not matter
    #expect(differentFromPlain > 2000)
  }

  @Test(arguments: [1, 3, 7, 8, 9, 128, 129, 300])
  func aSumOfNegativeZerosIsAPlainZero(count: Int) {
    let sum = Array(repeating: -0.0, count: count).withUnsafeBufferPointer { pairwiseSum($0) }
    #expect(sum == 0)
    #expect(sum.sign == .plus)
  }
}
