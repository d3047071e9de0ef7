import Foundation

/// What NumPy drew with one seed, read from `Fixtures/numpy_random.json`.
///
/// Decoded with `JSONDecoder`, which reads numbers to the last bit; `JSONSerialization` on Linux does not.
struct NumPyVectors: Decodable {
  /// Integers, then what `random()` gave after them.
  struct IntegersThenRandom: Decodable {
    let integers: [Int]
    let random: Double

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      integers = try list.decode([Int].self)
      random = try list.decode(Double.self)
    }
  }

  /// One call in a stream of different calls, and its result.
  struct Call: Decodable {
    let name: String
    let result: Double

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      name = try list.decode(String.self)
      result = try list.decode(Double.self)
    }
  }

  /// What is kept of a run too long to list.
  struct Summary: Decodable {
    let min: Double
    let max: Double
    let countInTail: Int
    let at: [String: Double]

    enum CodingKeys: String, CodingKey {
      case min
      case max
      case countInTail = "count_abs_over_3.654"
      case at
    }
  }

  let state: String
  let increment: String
  let words: [String]
  let random: [Double]
  let smallIntegers: [Int]
  let singleIntegers: IntegersThenRandom
  let largeIntegers: [Int]
  let normal: [Double]
  let beta: [Double]
  let gamma: [Double]
  let mixed: [Call]
  let longNormal: Summary

  enum CodingKeys: String, CodingKey {
    case state
    case increment = "inc"
    case words = "raw_uint64"
    case random
    case smallIntegers = "integers_0_40_size_9"
    case singleIntegers = "integers_0_1_size_3_then_random"
    case largeIntegers = "integers_0_2**33_size_4"
    case normal = "normal_20_10"
    case beta = "beta_2_2.5"
    case gamma = "standard_gamma_2"
    case mixed
    case longNormal = "standard_normal_200000"
  }

  private struct Document: Decodable {
    let seeds: [String: NumPyVectors]
  }

  /// Reads the vectors of all seeds, by seed.
  static func all() throws -> [UInt64: NumPyVectors] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/numpy_random.json")
    let document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: file))
    let pairs = document.seeds.compactMap { name, vectors in UInt64(name).map { ($0, vectors) } }
    return Dictionary(uniqueKeysWithValues: pairs)
  }
}
