import Records
import TopicLog
import ZeroMQ

/// Past messages of a stage: of its inputs, fetched from their publisher, and of its outputs, from its own files.
public final class TopicHistory: StepHistory {
  public let inputs: [Int]
  public let outputs: [Int]
  private let context: Context
  private let service: String
  private let security: CurveIdentity?
  private let inputTopics: [String]
  private let logs: [TopicReader]
  private let clock: StreamClock
  /// Called while the publisher is waited for, which may be about to start again; may throw to give up.
  public var onWait: () throws -> Void = {}

  /// - Parameters:
  ///   - service: The service endpoint of the inputs' publisher.
  ///   - security: Needed where that publisher takes only those who have a key.
  ///   - logs: The files of the outputs.
  public init(
    context: Context, service: String, security: CurveIdentity? = nil, inputTopics: [String], inputs: [Int] = [],
    logs: [TopicReader] = [], outputs: [Int] = [], clock: StreamClock = .monotonic
  ) {
    self.clock = clock
    self.context = context
    self.service = service
    self.security = security
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
    let client = try ServiceClient(context: context, service: service, security: security, clock: clock)
    client.onWait = onWait
    defer { client.close() }
    var next = offsets.lowerBound
    var budget = FetchBudget()
    while next < offsets.upperBound {
      try onWait()
      let answer: ServiceClient.Fetched
      do {
        answer = try client.fetch(topic: inputTopics[input], offset: next, timeoutMilliseconds: 500)
      } catch let error as ServiceError {
        guard let pause = budget.pause(after: error.code) else {
          throw FetchRefused(
            publisher: service, topic: inputTopics[input], offset: next, times: budget.refusals, reason: error)
        }
        try client.pause(milliseconds: budget.refusals == 0 ? 20 : pause / 1_000_000)
        continue
      }
      budget = FetchBudget()
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
