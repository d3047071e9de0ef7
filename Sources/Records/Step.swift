/// The decisions of a stage: from input records, in offset order, to output records.
///
/// A step is deterministic: what it puts out depends on the records it has seen and on its options, never on how they
/// were batched, on clocks, or on anything outside. It knows no socket, no file and no thread; whoever runs it
/// connects the two ends.
public protocol Step: AnyObject {
  /// The topics the step reads. A *bootstrap* topic is read to its end before the topics that come after it.
  var inputs: [StepInput] { get }
  /// The topics the step writes.
  var outputs: [String] { get }

  /// Takes whole lines of one input.
  ///
  /// - Parameters:
  ///   - lines: Lines in offset order, following those of the call before, each ended by a line feed.
  ///   - input: Which of ``inputs`` they belong to.
  ///   - offset: The offset of the first line.
  ///   - outputs: Where to put messages, in the order of ``outputs``.
  /// - Throws: ``StepError`` where the input breaks its topic's contract, or whatever delivering an output throws.
  func process(_ lines: UnsafeRawBufferPointer, of input: Int, at offset: Int, into outputs: [OutputTopic]) throws

  /// Learns that an input has ended at the given offset.
  func end(of input: Int, at offset: Int, into outputs: [OutputTopic]) throws

  /// Which of ``outputs`` are complete once the given input has ended.
  func outputsEnding(with input: Int) -> [Int]

  /// What a summary tells about this step: counts by name, in a fixed order.
  var counts: [StepCount] { get }
}

/// A step that can go on where another object of its kind was, instead of at offset 0.
public protocol RecoverableStep: Step {
  /// What the next object cannot find in the topics: counts, and where open work began. Small.
  var recoveryState: JSONValue { get }

  /// Takes the place of the step that gave `state`, before anything is processed. Blocks while it reads the topics.
  ///
  /// - Throws: ``RecoveryError`` where the state cannot be from this kind of step, or what `history` throws.
  func recover(from state: JSONValue, history: any StepHistory) throws
}

/// The messages that a step had read and written up to its checkpoint.
public protocol StepHistory: AnyObject {
  /// How far each input had been processed.
  var inputs: [Int] { get }
  /// How far each output had been written.
  var outputs: [Int] { get }

  /// Calls `body` with whole lines of an input, in order, and the offset of the first of them.
  func forEachBatch(
    ofInput input: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws

  /// Calls `body` with whole lines of an output, in order, and the offset of the first of them.
  func forEachBatch(
    ofOutput output: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws
}

/// A step cannot go on from a checkpoint; it can start over.
public struct RecoveryError: Error, Equatable, CustomStringConvertible {
  public var description: String

  public init(_ description: String) { self.description = description }
}

public struct StepInput: Sendable, Equatable {
  public var topic: String
  public var isBootstrap: Bool

  public init(_ topic: String, isBootstrap: Bool = false) {
    self.topic = topic
    self.isBootstrap = isBootstrap
  }
}

/// One figure of a step's books.
public struct StepCount: Sendable, Equatable {
  public var name: String
  public var value: Int

  public init(_ name: String, _ value: Int) {
    self.name = name
    self.value = value
  }
}

/// An input record that its topic's contract does not allow.
public struct StepError: Error, Equatable, CustomStringConvertible {
  public var topic: String
  public var offset: Int
  public var problem: String

  public init(topic: String, offset: Int, problem: String) {
    self.topic = topic
    self.offset = offset
    self.problem = problem
  }

  public var description: String { "\(topic) at offset \(offset): \(problem)" }
}

extension UnsafeRawBufferPointer {
  /// Calls `body` with every line in turn, without its line feed. A last line without one counts.
  public func forEachLine(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    var start = 0
    while start < count {
      let rest = UnsafeRawBufferPointer(rebasing: self[start...])
      let length = rest.firstLineFeed ?? rest.count
      try body(UnsafeRawBufferPointer(rebasing: rest[..<length]))
      start += length + 1
    }
  }
}
