import Foundation
import TestSupport
import Testing

/// Feeds every decoder inputs made from a seed: `DAYLAPSE_FUZZ_SEED` chooses another one, `DAYLAPSE_FUZZ_ROUNDS` more of
/// them, and `scripts/fuzz` lets libFuzzer do it. What once broke something lies in `Tests/Fixtures/fuzz/TARGET/`.
struct FuzzTests {
  private static func setting(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  @Test(arguments: FuzzTarget.all)
  func whatBrokeSomethingOnceDoesNotAgain(target: FuzzTarget) throws {
    for (name, input) in try Self.corpus(target) { feed(input, to: target, "corpus entry \(name)") }
  }

  @Test(arguments: FuzzTarget.all)
  func seedsAreTakenAsTheyAre(target: FuzzTarget) throws {
    for (number, input) in target.seeds.enumerated() { feed(input, to: target, "seed input \(number)") }
  }

  @Test(arguments: FuzzTarget.all)
  func noInputBreaksADecoder(target: FuzzTarget) throws {
    let seed = Self.setting("DAYLAPSE_FUZZ_SEED") ?? 1
    let rounds = Self.setting("DAYLAPSE_FUZZ_ROUNDS") ?? target.rounds
    if seed != 1 || rounds != target.rounds { print("\(target.name): DAYLAPSE_FUZZ_SEED=\(seed), \(rounds) rounds") }
    let pool = target.seeds + (try Self.corpus(target).map(\.input))
    var mutator = FuzzMutator(seed: UInt64(bitPattern: Int64(seed)), pool: pool, words: target.words)
    let last = try LastInput(target.name)
    for round in 0..<rounds {
      let input = mutator.next()
      try last.note(input)
      guard feed(input, to: target, "DAYLAPSE_FUZZ_SEED=\(seed) round \(round)") else { return }
    }
    last.forget()
  }

  @Test func theSameSeedGivesTheSameInputs() {
    func inputs(_ seed: UInt64) -> [[UInt8]] {
      var mutator = FuzzMutator(seed: seed, pool: FuzzTarget.json.seeds, words: FuzzTarget.json.words)
      return (0..<200).map { _ in mutator.next() }
    }
    #expect(inputs(7) == inputs(7))
    #expect(inputs(7) != inputs(8))
  }

  @discardableResult
  private func feed(_ input: [UInt8], to target: FuzzTarget, _ origin: String) -> Bool {
    do {
      try GuardedBytes.use(input) { try target.run($0) }
      return true
    } catch {
      let base64 = Data(input).base64EncodedString()
      let keeping = "base64 -d <<<'\(base64)' >Tests/Fixtures/fuzz/\(target.name)/NAME"
      Issue.record("\(target.name), \(origin): \(error)\nto keep the input: \(keeping)")
      return false
    }
  }

  private static func corpus(_ target: FuzzTarget) throws -> [(name: String, input: [UInt8])] {
    let folder = Fixture.path("fuzz/\(target.name)")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return try names.sorted().map { ($0, [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))) }
  }
}

extension FuzzTarget: CustomTestStringConvertible {
  var testDescription: String { name }
}

/// Keeps the present input in a file, so that it is there when a decoder takes the whole process down.
private final class LastInput {
  let path: String
  private let file: FileHandle

  init(_ target: String) throws {
    path = NSTemporaryDirectory() + "/daylapse-fuzz-\(target)-\(ProcessInfo.processInfo.processIdentifier)"
    try Data().write(to: URL(filePath: path))
    file = try #require(FileHandle(forWritingAtPath: path))
  }

  func note(_ input: [UInt8]) throws {
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data(input))
  }

  func forget() { try? FileManager.default.removeItem(atPath: path) }
}
