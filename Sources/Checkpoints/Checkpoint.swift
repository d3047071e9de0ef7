import Records

/// Where a stage was when everything before it was safe: what its next start goes on from.
///
/// It holds no more than the logs cannot give back.
public struct Checkpoint: Equatable, Sendable {
  /// The run that it belongs to.
  public var run: String
  /// How far each input had been processed: the offset of the next message.
  public var inputs: [Int]
  /// How far each output had been written: the offset behind its last message.
  public var outputs: [Int]
  /// The watermark of each output at that point.
  public var watermarks: [EventTime?]
  /// Whether everything is processed and every output complete.
  public var isComplete: Bool
  /// Whether the stage has ended in order, so that its next start is a new one.
  public var hasLeft = false
  /// The members of the stage's publisher that are done and need not be waited for any more.
  public var doneMembers: [String]
  /// What the stage's step remembers.
  public var state: JSONValue

  public init(
    run: String, inputs: [Int] = [], outputs: [Int] = [], watermarks: [EventTime?]? = nil, isComplete: Bool = false,
    doneMembers: [String] = [], state: JSONValue = .object([])
  ) {
    self.run = run
    self.inputs = inputs
    self.outputs = outputs
    self.watermarks = watermarks ?? Array(repeating: nil, count: outputs.count)
    self.isComplete = isComplete
    self.doneMembers = doneMembers
    self.state = state
  }
}

extension Checkpoint {
  var json: JSONValue {
    .object([
      .init("run", .string(run)), .init("inputs", .array(inputs.map { .int($0) })),
      .init("outputs", .array(outputs.map { .int($0) })),
      .init("watermarks", .array(watermarks.map { $0.map { .string($0.description) } ?? .null })),
      .init("complete", .bool(isComplete)), .init("left", .bool(hasLeft)),
      .init("done", .array(doneMembers.map { .string($0) })),
      .init("state", state),
    ])
  }

  init?(_ json: JSONValue) {
    func offsets(_ name: String) -> [Int]? {
      guard let list = json[name]?.arrayValue else { return nil }
      let offsets = list.compactMap(\.countValue)
      return offsets.count == list.count ? offsets : nil
    }
    guard let run = json["run"]?.stringValue, let inputs = offsets("inputs"), let outputs = offsets("outputs"),
      let marks = json["watermarks"]?.arrayValue, marks.count == outputs.count,
      let isComplete = json["complete"]?.boolValue, let done = json["done"]?.arrayValue, let state = json["state"]
    else { return nil }
    self.init(
      run: run, inputs: inputs, outputs: outputs, watermarks: marks.map { $0.stringValue.flatMap { EventTime($0) } },
      isComplete: isComplete, doneMembers: done.compactMap(\.stringValue), state: state)
    hasLeft = json["left"] == .bool(true)
  }
}
