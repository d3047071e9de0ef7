import Records
import TopicLog
import ZeroMQ

/// Past messages of a stage: of its inputs, fetched from their publisher, and of its outputs, from its own files.
public final class TopicHistory: StepHistory {
  public let inputs: [Int]
  public let outputs: [Int]
  private let context: Context
  private let service: String
  private let inputTopics: [String]
  private let logs: [TopicReader]
  /// Called while the publisher is waited for, which may be about to start again; may throw to give up.
  public var onWait: () throws -> Void = {}

  /// - Parameters:
  ///   - service: The service endpoint of the inputs' publisher.
  ///   - logs: The files of the outputs.
  public init(
    context: Context, service: String, inputTopics: [String], inputs: [Int] = [], logs: [TopicReader] = [],
    outputs: [Int] = []
  ) {
    self.context = context
    self.service = service
    self.inputTopics = inputTopics
    self.inputs = inputs
    self.logs = logs
    self.outputs = outputs
  }

  /// Blocks until the publisher has given the messages: one that is gone, or not so far yet, is asked again and again.
  public func forEachBatch(
    ofInput input: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    guard !offsets.isEmpty else { return }
    let client = try ServiceClient(context: context, service: service)
    defer { client.close() }
    var next = offsets.lowerBound
    while next < offsets.upperBound {
      try onWait()
      let answer: ServiceClient.Fetched
      do {
        answer = try client.fetch(topic: inputTopics[input], offset: next, timeoutMilliseconds: 500)
      } catch let error as ServiceError {
        guard [.beyondEnd, .noAnswer, .unknownTopic].contains(error.code) else { throw error }
        try client.pause(milliseconds: 20)
        continue
      }
      let wanted = min(answer.header.count, offsets.upperBound - next)
      if wanted == 0 { try client.pause(milliseconds: 20) }
      try answer.withLines(first: wanted) { try body($0, next) }
      next += wanted
    }
  }

  public func forEachBatch(
    ofOutput output: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    var next = offsets.lowerBound
    while next < offsets.upperBound {
      try onWait()
      guard let slice = try logs[output].slice(from: next, maxBytes: 1 << 20, before: offsets.upperBound) else {
        throw RecoveryError("\(logs[output].path) ends before offset \(offsets.upperBound)")
      }
      try withExtendedLifetime(slice.owner) { try body(slice.bytes, next) }
      next += slice.count
    }
  }
}
