import Records

/// Outputs of a step that keep everything they are given.
public final class RecordedOutputs {
  public struct Chunk: Equatable {
    public var bytes: [UInt8]
    public var count: Int
    public var maxTime: EventTime?
  }

  public private(set) var topics: [OutputTopic] = []
  public private(set) var chunks: [[Chunk]]

  public init(_ names: [String], byteLimit: Int = 1 << 16, countLimit: Int = .max) {
    chunks = Array(repeating: [], count: names.count)
    topics = names.enumerated().map { index, name in
      OutputTopic(name: name, byteLimit: byteLimit, countLimit: countLimit) { [unowned self] chunk in
        chunks[index].append(Chunk(bytes: Array(chunk.lines), count: chunk.count, maxTime: chunk.maxTime))
      }
    }
  }

  /// Everything that left an output.
  public func bytes(_ index: Int) -> [UInt8] { chunks[index].flatMap(\.bytes) }

  public func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

  /// The lines that left an output, without their line feeds.
  public func lines(_ index: Int) -> [String] { text(index).split(separator: "\n").map(String.init) }

  public func flush() throws {
    for topic in topics { try topic.flush() }
  }
}

/// How the lines of an input are cut into batches.
public enum Batching: Sendable {
  case single
  case all
  case random(seed: UInt64)

  /// The sizes of batches that make up `count` lines.
  public func sizes(_ count: Int) -> [Int] {
    switch self {
    case .single: return Array(repeating: 1, count: count)
    case .all: return count == 0 ? [] : [count]
    case .random(let seed):
      var random = SeededRandom(seed: seed)
      var sizes: [Int] = []
      var rest = count
      while rest > 0 {
        let size = min(rest, random.chance(3) ? 1 : Int.random(in: 1...40, using: &random))
        sizes.append(size)
        rest -= size
      }
      return sizes
    }
  }
}

extension Step {
  /// Gives an input lines, in batches, and ends it where asked to.
  public func give(
    _ lines: [[UInt8]], to input: Int, at first: Int = 0, batching: Batching = .all, ends: Bool = true,
    into outputs: RecordedOutputs
  ) throws {
    var at = 0
    for size in batching.sizes(lines.count) {
      let batch = Array(lines[at..<(at + size)].joined(separator: [0x0A])) + [UInt8(0x0A)]
      try batch.withUnsafeBytes { try process($0, of: input, at: first + at, into: outputs.topics) }
      at += size
    }
    guard ends else { return }
    try end(of: input, at: first + lines.count, into: outputs.topics)
    for output in outputsEnding(with: input) { try outputs.topics[output].flush() }
  }

  /// As above, from texts.
  public func give(
    _ lines: [String], to input: Int, at first: Int = 0, batching: Batching = .all, ends: Bool = true,
    into outputs: RecordedOutputs
  ) throws {
    try give(lines.map { Array($0.utf8) }, to: input, at: first, batching: batching, ends: ends, into: outputs)
  }

  /// A figure of the step's books; 0 where it is not told.
  public func count(_ name: String) -> Int { counts.first { $0.name == name }?.value ?? 0 }
}
