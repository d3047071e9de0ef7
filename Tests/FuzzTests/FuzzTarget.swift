/// A decoder under test: what may be fed to it, and what must hold whatever that is.
///
/// Both the tests and libFuzzer (`scripts/fuzz`) run these.
struct FuzzTarget: Sendable {
  let name: String
  /// Well-formed inputs that mutations start from.
  let seeds: [[UInt8]]
  /// Words that mean something to the decoder.
  let words: [String]
  /// How many inputs are tried where `DAYLAPSE_FUZZ_ROUNDS` does not say so.
  let rounds: Int
  /// Feeds one input. The bytes end where readable memory ends.
  let run: @Sendable (UnsafeRawBufferPointer) throws -> Void

  init(
    _ name: String, seeds: [String], words: [String] = [], rounds: Int = 1000,
    run: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.init(name, binarySeeds: seeds.map { Array($0.utf8) }, words: words, rounds: rounds, run: run)
  }

  init(
    _ name: String, binarySeeds: [[UInt8]], words: [String] = [], rounds: Int = 1000,
    run: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.name = name
    self.seeds = binarySeeds
    self.words = words
    self.rounds = rounds
    self.run = run
  }

  static let all: [FuzzTarget] = [
    .json, .event, .eventTimeField, .userDay, .user, .cleaner, .time, .number, .header, .request, .csv, .gzip, .index,
    .metadata, .topic, .checkpoint,
  ]
}

/// Something that must hold and did not.
struct FuzzViolation: Error, CustomStringConvertible {
  var description: String
}

/// Demands that a property holds.
func demand(_ holds: Bool, _ property: @autoclosure () -> String) throws {
  if !holds { throw FuzzViolation(description: property()) }
}
