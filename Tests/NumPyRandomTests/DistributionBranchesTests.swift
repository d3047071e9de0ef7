import NumPyRandom
import Testing

/// Holds the branches that common parameters miss against fingerprints of what NumPy 2.4 drew with seed 42.
struct DistributionBranchesTests {
  @Test(
    arguments: [
      (0.3, 0xe793_1606_eead_9e49), (1.0, 0xa1c4_8b01_1c1a_2ac8), (2.0, 0x92cc_3dd4_06bc_e7ca),
      (7.5, 0xf6cd_ed13_e18d_8f63),
    ] as [(Double, UInt64)])
  func drawsTheSameGammaNumbersOfAnyShape(shape: Double, fingerprint: UInt64) {
    var random = NumPyGenerator(seed: 42)
    #expect(Fingerprint.of((0..<20_000).map { _ in random.standardGamma(shape: shape) }) == fingerprint)
  }

  @Test func drawsNothingForAGammaOfShapeZero() {
    var random = NumPyGenerator(seed: 42)
    let state = random.state
    #expect(random.standardGamma(shape: 0) == 0)
    #expect(random.state == state)
  }

  @Test(
    arguments: [
      (2.0, 2.5, 0x07b4_08b6_db77_2a80), (0.5, 0.7, 0xef27_d1bb_d99e_4153), (1.0, 1.0, 0x9da6_880a_45f4_e11d),
      (0.3, 4.0, 0xcb7a_2a02_926a_2575), (1e-4, 0.5, 0x3897_17fd_a93f_53a6), (1e-120, 2e-120, 0x4a89_e7ee_21f2_0da5),
    ] as [(Double, Double, UInt64)])
  func drawsTheSameBetaNumbersForAnyParameters(alpha: Double, beta: Double, fingerprint: UInt64) {
    var random = NumPyGenerator(seed: 42)
    #expect(Fingerprint.of(random.beta(alpha, beta, count: 20_000)) == fingerprint)
  }

  @Test func drawsTheSameExponentialNumbersInWedgesAndTail() {
    var random = NumPyGenerator(seed: 42)
    #expect(Fingerprint.of((0..<200_000).map { _ in random.standardExponential() }) == 0x5532_9678_91b2_90d8)
  }

  @Test func drawsTheSameNormalNumbersInWedgesAndTail() {
    var random = NumPyGenerator(seed: 42)
    #expect(Fingerprint.of((0..<200_000).map { _ in random.standardNormal() }) == 0xeefe_3e22_5e34_0ba3)
  }

  @Test(
    arguments: [
      (0, 7, 0x4fc2_9fd9_bfa5_d663),
      (-5, 3 << 30, 0x87b7_5685_671b_1f1f),
      (0, (1 << 32) - 2, 0x6479_da4e_5568_4e8c),
      (0, (1 << 32) - 1, 0xa556_8958_9f2e_d46a),
      (-7, (1 << 32) - 8, 0x1645_5785_8d73_cf78),
      (0, 1 << 32, 0x5e5c_0910_c542_15e0),
      (-3 << 61, 3 << 61, 0x7119_a2d2_c80f_857d),
      (.min, .max, 0x22fe_10d0_6d9b_d48b),
    ] as [(Int, Int, UInt64)])
  func drawsTheSameIntegersOfAnyRange(low: Int, high: Int, fingerprint: UInt64) {
    var random = NumPyGenerator(seed: 42)
    #expect(Fingerprint.of((0..<20_000).map { _ in random.integers(low, through: high) }) == fingerprint)
  }

  @Test func keepsABufferedHalfWhile64BitsAreDrawn() {
    var random = NumPyGenerator(seed: 42)
    #expect(random.bufferedUInt32 == nil)
    #expect(random.integers(0, 10) == 0)
    #expect(random.bufferedUInt32 == 3_324_115_917)
    #expect(random.nextUInt64() == 8_095_878_257_575_067_585)
    #expect(random.nextUInt32() == 3_324_115_917)
    #expect(random.bufferedUInt32 == nil)
  }

  @Test func goesOnByItselfAsACopy() {
    var random = NumPyGenerator(seed: 42)
    var copy = random
    #expect(
      random.normal(mean: 0, standardDeviation: 1, count: 9) == copy.normal(mean: 0, standardDeviation: 1, count: 9))
    _ = random.random()
    #expect(random.state != copy.state)
  }
}
