import Checkpoints
import Records
import ZeroMQ

/// Runs a step between its consumers and its outputs, until its inputs have ended.
///
/// Messages go into the log before they are published, and are acknowledged upstream after that.
public final class StageRunner {
  public struct Source {
    public var consumer: Consumer
    /// Which of the step's inputs each of the consumer's topics is.
    public var inputs: [Int]

    public init(consumer: Consumer, inputs: [Int]) {
      self.consumer = consumer
      self.inputs = inputs
    }
  }

  /// Input is acknowledged after this many bytes or batches, or as soon as there is no more of it.
  static let acknowledgedBytes = 1 << 20
  static let acknowledgedBatches = 16
  /// Output that has not filled a batch goes out after this time.
  static let flushNanoseconds = 2_000_000
  /// A stage that has processed anything makes a checkpoint after this time.
  static let checkpointNanoseconds = 1_000_000_000

  private let step: any Step
  private let sources: [Source]
  private let outputs: [OutputTopic]
  private let logs: [LogOutput]
  private let publisher: Publisher?
  private let clock: StreamClock
  private var poller = Poller()
  private var unacknowledgedBytes = 0
  private var unacknowledgedBatches = 0
  private var lastFlush = 0
  private var inputEnded: [Bool]
  private var isDisconnected = false
  private let checkpointBytes: Int
  private var bytesSinceCheckpoint = 0
  private var lastCheckpoint: Int
  private let faults: Faults
  private var mirror: StageMirror

  /// Makes a checkpoint: called when what was processed so far is in the logs, and before it is acknowledged.
  public var onCheckpoint: (StageRunner) throws -> Void = { _ in }
  /// Called now and then while the stage runs or waits; may throw to give up.
  public var onTurn: (StageRunner) throws -> Void = { _ in }
  /// How far each input has been processed.
  public private(set) var progress: [Int]
  /// The highest watermark of the inputs.
  public private(set) var watermark: EventTime?

  /// - Parameters:
  ///   - sources: Who provides the step's inputs.
  ///   - logs: Where the step's outputs go, in its order; their publisher must be `publisher`.
  ///   - offsets: Where each input is gone on with; 0 for all where nothing is given.
  ///   - epoch: The epoch that the outputs are shown in.
  ///   - checkpointBytes: How much input is processed between checkpoints, in bytes.
  public init(
    step: any Step, sources: [Source], logs: [LogOutput] = [], publisher: Publisher? = nil, from offsets: [Int]? = nil,
    epoch: Int = 0, batchBytes: Int = 1 << 16, batchCount: Int = .max, checkpointBytes: Int = 8 << 20,
    faults: Faults = .none, clock: StreamClock = .monotonic
  ) {
    mirror = StageMirror(epoch: epoch)
    self.step = step
    self.sources = sources
    self.logs = logs
    self.publisher = publisher
    self.clock = clock
    outputs = logs.map { log in
      OutputTopic(name: log.topic, byteLimit: batchBytes, countLimit: batchCount) { try log.deliver($0) }
    }
    inputEnded = Array(repeating: false, count: step.inputs.count)
    progress = offsets ?? Array(repeating: 0, count: step.inputs.count)
    self.checkpointBytes = checkpointBytes
    self.faults = faults
    lastCheckpoint = clock.now()
    for source in sources { source.consumer.add(to: &poller) }
    publisher?.add(to: &poller)
  }

  /// Lets go of what listens, which often refers to this object in turn.
  public func forgetListeners() {
    onTurn = { _ in }
    onCheckpoint = { _ in }
  }

  /// Runs until every input has ended and every output is complete.
  ///
  /// - Throws: what the step, the logs or the sockets throw; ``NewRunError`` where an input starts over.
  public func run() throws {
    publisher?.onWait = { [weak self] _ in
      guard let self else { return }
      try keepAlive()
      try onTurn(self)
    }
    while !inputEnded.allSatisfy({ $0 }) {
      var isIdle = true
      for source in sources {
        while let batch = try source.consumer.receive(timeoutMilliseconds: 0) {
          isIdle = false
          try take(batch, from: source)
          if unacknowledgedBytes >= StageRunner.acknowledgedBytes
            || unacknowledgedBatches >= StageRunner.acknowledgedBatches
          {
            break
          }
        }
      }
      try follow()
      if !isIdle, unacknowledgedBytes < StageRunner.acknowledgedBytes,
        unacknowledgedBatches < StageRunner.acknowledgedBatches
      {
        continue
      }
      try flushAndAcknowledge(onlyDue: isIdle)
      try publisher?.serve()
      try onTurn(self)
      if isIdle {
        let waits = unacknowledgedBatches > 0 ? 1 : 50
        try clock.wait(for: &poller, milliseconds: waits)
        for source in sources { try source.consumer.keepAlive() }
      }
    }
    try flushAndAcknowledge(onlyDue: false)
  }

  /// Tells the publishers that this stage is done with its inputs, waits for their confirmation, and disconnects.
  /// Called after ``run()``, once what it made is safe.
  ///
  /// A publisher that was started again has to hear it as well, or it would wait for ever: so this blocks for up to
  /// 30 seconds where a publisher is silent. Requests to this stage's own publisher are answered meanwhile.
  public func acknowledgeDone() throws {
    isDisconnected = true
    for source in sources {
      try source.consumer.finish(next: source.inputs.map { progress[$0] }, timeoutMilliseconds: 30_000) {
        try publisher?.serve()
        try onTurn(self)
      }
      // a publisher that is gone must not be looked for again: finding out that its name is not known any more can
      // keep the context's I/O thread, and with it all other sockets, busy for a long time
      source.consumer.close()
    }
  }

  /// Lets upstream know that this stage is alive, during work that takes long.
  public func keepAlive() throws {
    guard !isDisconnected else { return }
    for source in sources { try source.consumer.keepAlive() }
  }

  private func take(_ batch: Consumer.Batch, from source: Source) throws {
    let input = source.inputs[batch.topic]
    try follow()
    if batch.count > 0 {
      try faults.reach(.afterReceive)
      try step.process(batch.lines, of: input, at: batch.offset, into: outputs)
      unacknowledgedBytes += batch.lines.count
      bytesSinceCheckpoint += batch.lines.count
      unacknowledgedBatches += 1
      progress[input] = batch.next
      if let time = batch.watermark { watermark = max(watermark ?? time, time) }
    }
    if batch.isEnd {
      inputEnded[input] = true
      try step.end(of: input, at: batch.next, into: outputs)
      for output in step.outputsEnding(with: input) {
        try outputs[output].flush()
        try showRest(of: output)
        try logs[output].end()
      }
    }
  }

  /// The epoch that guests are shown the outputs in.
  public var epoch: Int { mirror.epoch }

  /// Goes where the replay upstream goes, with what guests are shown.
  private func follow() throws {
    guard !logs.isEmpty else { return }
    for source in sources {
      for (topic, input) in source.inputs.enumerated() {
        guard let place = source.consumer.place(of: topic), place.epoch > 0, !inputEnded[input] else { continue }
        let actions = mirror.turn(place, progress: progress[input])
        guard !actions.isEmpty || !mirror.isLive else { continue }
        // what was made so far is put out the way it was made
        for output in outputs where output.hasPending { try output.flush() }
        for log in logs { try log.follow(actions, isLive: mirror.isLive) }
      }
    }
  }

  /// Shows guests all of an output that is about to end.
  private func showRest(of output: Int) throws {
    let actions = mirror.end()
    for log in logs { try log.follow(actions, isLive: true) }
    try logs[output].follow([.goLive], isLive: true)
  }

  private func flushAndAcknowledge(onlyDue: Bool) throws {
    let now = clock.now()
    if onlyDue, now - lastFlush < StageRunner.flushNanoseconds { return }
    lastFlush = now
    for output in outputs where output.hasPending { try output.flush() }
    if bytesSinceCheckpoint >= checkpointBytes
      || (bytesSinceCheckpoint > 0 && now - lastCheckpoint >= StageRunner.checkpointNanoseconds)
    {
      try onCheckpoint(self)
      bytesSinceCheckpoint = 0
      lastCheckpoint = now
    }
    guard unacknowledgedBatches > 0 else { return }
    for source in sources {
      for (topic, input) in source.inputs.enumerated() {
        try source.consumer.acknowledge(topic, next: progress[input])
      }
    }
    unacknowledgedBytes = 0
    unacknowledgedBatches = 0
    try faults.reach(.afterAcknowledge)
  }
}
