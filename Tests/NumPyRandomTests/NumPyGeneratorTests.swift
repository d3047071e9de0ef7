import NumPyRandom
import Testing

/// Holds every distribution against what NumPy 2.4 drew for seeds of one and of two entropy words.
struct NumPyGeneratorTests {
  let vectors: [UInt64: NumPyVectors]

  init() throws {
    vectors = try NumPyVectors.all()
    try #require(vectors.count == 7)
  }

  /// Runs a check with a fresh generator for each seed.
  private func forEachSeed(_ check: (inout NumPyGenerator, NumPyVectors) throws -> Void) rethrows {
    for (seed, numPy) in vectors {
      var random = NumPyGenerator(seed: seed)
      try check(&random, numPy)
    }
  }

  @Test func seedsAsSeedSequenceDoes() {
    forEachSeed { random, numPy in
      #expect(random.state == UInt128(numPy.state))
      #expect(random.increment == UInt128(numPy.increment))
    }
  }

  @Test func drawsTheSameWords() {
    forEachSeed { random, numPy in
      #expect(numPy.words.map { _ in String(random.nextUInt64()) } == numPy.words)
    }
  }

  @Test func drawsTheSameUniformNumbers() {
    forEachSeed { random, numPy in
      #expect(random.random(count: 6) == numPy.random)
    }
  }

  @Test func drawsTheSameSmallIntegersOneByOneAndAsArray() {
    forEachSeed { random, numPy in
      var copy = random
      #expect(random.integers(0, 40, count: 9) == numPy.smallIntegers)
      #expect((0..<9).map { _ in copy.integers(0, 40) } == numPy.smallIntegers)
    }
  }

  @Test func drawsNothingWhereOnlyOneIntegerIsPossible() {
    forEachSeed { random, numPy in
      #expect(random.integers(0, 1, count: 3) == numPy.singleIntegers.integers)
      let next = random.random()
      #expect(next == numPy.singleIntegers.random)
    }
  }

  @Test func drawsTheSameIntegersBeyond32Bits() {
    forEachSeed { random, numPy in
      #expect(random.integers(0, 1 << 33, count: 4) == numPy.largeIntegers)
    }
  }

  @Test func drawsTheSameNormalNumbers() {
    forEachSeed { random, numPy in
      #expect(random.normal(mean: 20, standardDeviation: 10, count: 12) == numPy.normal)
    }
  }

  @Test func drawsTheSameBetaNumbers() {
    forEachSeed { random, numPy in
      #expect(random.beta(2, 2.5, count: 8) == numPy.beta)
    }
  }

  @Test func drawsTheSameGammaNumbers() {
    forEachSeed { random, numPy in
      #expect((0..<6).map { _ in random.standardGamma(shape: 2) } == numPy.gamma)
    }
  }

  @Test func staysInStepThroughMixedCalls() {
    forEachSeed { random, numPy in
      #expect(numPy.mixed.count == 200)
      for call in numPy.mixed {
        switch call.name {
        case "integers_1_4": #expect(random.integers(1, 4) == Int(call.result))
        case "random": #expect(random.random() == call.result)
        case "integers_0_1440": #expect(random.integers(0, 1440) == Int(call.result))
        case "normal_499_80": #expect(random.normal(mean: 499, standardDeviation: 80) == call.result)
        case "choice_7": #expect(random.choice(7) == Int(call.result))
        default: Issue.record("unknown call \(call.name)")
        }
      }
    }
  }

  /// Long enough to meet every layer, the wedges and the tail.
  @Test func drawsTheSameNormalNumbersInWedgesAndTail() throws {
    try forEachSeed { random, numPy in
      let drawn = (0..<200_000).map { _ in random.standardNormal() }
      #expect(drawn.min() == numPy.longNormal.min)
      #expect(drawn.max() == numPy.longNormal.max)
      #expect(drawn.count { abs($0) > 3.654 } == numPy.longNormal.countInTail)
      #expect(numPy.longNormal.at.count == 5)
      for (place, value) in numPy.longNormal.at {
        let index = try #require(Int(place))
        #expect(drawn[index] == value)
      }
    }
  }
}
