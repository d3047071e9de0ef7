import CByteScan
import Checkpoints
import Records
import ZeroMQ

/// Consumes topics of one publisher without losing a message: subscribes, notices gaps, repeats and lost tails, and
/// fetches what is missing.
///
/// One thread owns it. As a *member* it acknowledges what it has processed and holds the publisher back when it is
/// slow; as a *guest* it never does, and catches up by fetching.
public final class Consumer {
  public let options: Options
  /// What the publisher knows this consumer by.
  private var name: String?
  let dataSocket: Socket
  let serviceSocket: Socket
  private var topics: [Topic]
  private var payload = Message()
  private var poller = Poller()
  private var lastSaid = Int.min / 2
  /// The time of day of the last acknowledgement, in microseconds; each has a later one.
  private var lastAt = 0
  private var isStarted: Bool
  /// Final acknowledgements that the publisher has not confirmed, by topic.
  private var unconfirmed: Set<Int> = []
  private let scratch = ByteBuffer(capacity: 1024)
  let links: [LinkWatch]

  private var lastFetchID: Int
  /// When the publisher answered last; `nil` where it never has.
  public private(set) var lastHeard: Int?
  private var lastProbe = Int.min / 2

  /// Batches that had to be fetched because they, or what came before them, did not arrive.
  public private(set) var fetchedBatchCount = 0
  /// Messages that did not follow the protocol and were left out.
  public private(set) var refusedMessageCount = 0

  private struct Topic {
    let name: String
    let nameBytes: [UInt8]
    let isBootstrap: Bool
    var cursor: TopicCursor
    var hasJoined = false
    var hasReportedEnd = false
    var fetchAskedAt: Int?
    /// The `id` of the `fetch` that waits for its answer.
    var fetchID: Int?
    /// When to ask again what was refused.
    var fetchAgainAt: Int?
    var budget = FetchBudget()
    var acknowledged = 0
    var place: ReplayPlace?
    var isDone = false
    var watermark: EventTime?
  }

  /// Connects; no peer need be there yet.
  public init(context: Context, options: Options) throws {
    self.options = options
    name = options.name
    isStarted = !options.startsHeld
    lastFetchID = options.topics.count
    var seenBootstrap = false
    topics = options.topics.map { input in
      defer { if input.isBootstrap { seenBootstrap = true } }
      return Topic(
        name: input.topic, nameBytes: Array(input.topic.utf8), isBootstrap: input.isBootstrap,
        cursor: TopicCursor(isHeld: seenBootstrap, followsJumps: options.followsJumps ?? (options.role == .guest)))
    }
    dataSocket = try Socket(context, .sub)
    try dataSocket.set(.receiveHighWaterMark, to: Publisher.highWaterMark)
    try dataSocket.set(.reconnectIntervalMilliseconds, to: 10)
    try dataSocket.set(.reconnectIntervalMaxMilliseconds, to: 500)
    serviceSocket = try Socket(context, .dealer)
    try serviceSocket.set(.reconnectIntervalMilliseconds, to: 10)
    try serviceSocket.set(.reconnectIntervalMaxMilliseconds, to: 500)
    links = try [(dataSocket, options.data), (serviceSocket, options.service)].map { socket, endpoint in
      try LinkWatch(socket, to: endpoint, identity: options.security, context: context)
    }
    try serviceSocket.connect(options.service)
    for input in options.topics { try dataSocket.subscribe(input.topic) }
    try dataSocket.connect(options.data)
    poller.add(dataSocket)
    poller.add(serviceSocket)
    if options.role == .guest, let name { try giveName(name) }
  }

  /// Lets a publisher's `--wait-for` know that a guest of this name is here, now and when it is started again. For a guest
  /// that was made without a name, because it was not ready to be waited for no more. Never blocks.
  public func giveName(_ name: String) throws {
    self.name = name
    for topic in topics { try announce(name, topic: topic.name) }
  }

  /// Whether every topic has been delivered to its end.
  public var hasEnded: Bool { topics.allSatisfy(\.cursor.hasEnded) }

  /// The run of the first topic that is known.
  public var run: String? { topics.lazy.compactMap(\.cursor.run).first }

  /// The runs of all topics, once every one of them is known. Never blocks.
  ///
  /// Before ``start()`` this looks at what arrives; afterwards ``receive(timeoutMilliseconds:)`` does.
  ///
  /// - Throws: ``LinkProblem`` as ``keepAlive()`` does.
  public func knownRuns() throws -> [String]? {
    try checkLinks()
    if !isStarted {
      while try receiveNow() != nil {}
      // a publisher may be there for long before it knows its topics
      let now = options.clock.now()
      if now - lastProbe > options.fetchTimeoutNanoseconds / 5 {
        lastProbe = now
        try say("describe", .object([.init("id", .int(otherID))]))
      }
    }
    let runs = topics.compactMap(\.cursor.run)
    return runs.count == topics.count ? runs : nil
  }

  /// Joins, and takes messages from now on.
  ///
  /// - Parameter offsets: The first message of each topic to take; 0 for all where nothing is given. One that the
  ///   publisher has not come to, since it was started again, is waited for.
  public func start(from offsets: [Int]? = nil) throws {
    isStarted = true
    for index in topics.indices {
      if let offset = offsets?[index] {
        topics[index].cursor.begin(at: offset)
        topics[index].acknowledged = offset
      }
      try join(index)
      if topics[index].cursor.isBehind, !topics[index].cursor.isHeld { try fetch(index) }
    }
  }

  /// How many messages of a topic are known to exist that were not delivered.
  public func lag(of topic: Int) -> Int { max(0, topics[topic].cursor.known - topics[topic].cursor.next) }

  public func next(of topic: Int) -> Int { topics[topic].cursor.next }

  /// Where the replay of a topic is; nothing before it was heard of.
  public func place(of topic: Int) -> ReplayPlace? { topics[topic].place }

  /// The next batch, or the news that a topic has ended.
  ///
  /// - Parameter timeoutMilliseconds: How long to wait for one; −1 for as long as it takes, 0 not at all.
  /// - Returns: Nothing where none came in time.
  /// - Throws: ``NewRunError`` where the publisher has started over with another run; ``LinkProblem`` where it does not
  ///   let this consumer in; `ZeroMQError`.
  public func receive(timeoutMilliseconds: Int = -1) throws -> Batch? {
    let deadline = timeoutMilliseconds < 0 ? Int.max : options.clock.now() + timeoutMilliseconds * 1_000_000
    while true {
      if let batch = try receiveNow() { return batch }
      let rest = deadline == Int.max ? 100 : max(0, (deadline - options.clock.now() + 999_999) / 1_000_000)
      if deadline != Int.max, rest == 0 { return nil }
      try options.clock.wait(for: &poller, milliseconds: min(rest, 100))
      try keepAlive()
    }
  }

  /// Adds the sockets to a poller that waits for several things at once.
  public func add(to poller: inout Poller) {
    poller.add(dataSocket)
    poller.add(serviceSocket)
  }

  /// Tells the publisher how far a topic has been processed. Only members say so.
  public func acknowledge(_ topic: Int, next: Int, done: Bool = false) throws {
    guard options.role == .member, let name = options.name, topics[topic].hasJoined else { return }
    guard next > topics[topic].acknowledged || done != topics[topic].isDone else { return }
    topics[topic].acknowledged = next
    topics[topic].isDone = done
    try sendAck(name, topics[topic])
  }

  /// Repeats what was acknowledged, where nothing was said for a while, and asks again for what was not answered.
  ///
  /// - Throws: ``LinkProblem`` where the publisher does not let this consumer in, and waiting would not help.
  public func keepAlive() throws {
    try checkLinks()
    let now = options.clock.now()
    for index in topics.indices { try askAgain(index, now: now) }
    guard options.role == .member, let name = options.name, now - lastSaid > options.keepAliveNanoseconds else {
      return
    }
    for topic in topics where topic.hasJoined { try sendAck(name, topic) }
  }

  /// Says that every topic is done, and waits until the publisher has confirmed it. Only members say so.
  ///
  /// - Parameters:
  ///   - next: How far each topic was processed.
  ///   - timeoutMilliseconds: When to give up, because the publisher is gone.
  ///   - onWait: Called while the publisher's word is waited for; may throw to give up.
  /// - Returns: Whether it was confirmed.
  @discardableResult
  public func finish(
    next: [Int], timeoutMilliseconds: Int = 5000, onWait: () throws -> Void = {}
  ) throws -> Bool {
    guard options.role == .member, let name = options.name else { return true }
    for index in topics.indices {
      topics[index].acknowledged = next[index]
      topics[index].isDone = true
    }
    unconfirmed = Set(topics.indices)
    var (last, waited) = (options.clock.now(), 0)
    var asked = Int.min / 2
    while !unconfirmed.isEmpty {
      let now = options.clock.now()
      // time in which this process was suspended is none in which the publisher was silent
      waited += min(now - last, options.fetchTimeoutNanoseconds / 2)
      last = now
      if waited > timeoutMilliseconds * 1_000_000 { return false }
      if now - asked > options.fetchTimeoutNanoseconds / 5 {
        asked = now
        for index in unconfirmed.sorted() { try sendAck(name, topics[index], id: index) }
      }
      try options.clock.wait(for: &poller, milliseconds: 5)
      _ = try receiveNow()
      try onWait()
    }
    return true
  }

  /// Signs off.
  public func leave() throws {
    guard let name else { return }
    try say(
      "leave", .object([.init("member", .string(name)), .init("generation", .string(options.generation))]))
  }

  /// - Parameter lingerMilliseconds: How long what was said last may take to be sent.
  public func close(lingerMilliseconds: Int = 500) {
    try? serviceSocket.set(.lingerMilliseconds, to: lingerMilliseconds)
    for link in links { link.close() }
    dataSocket.close()
    serviceSocket.close()
  }

  // MARK: Receiving

  private func receiveNow() throws -> Batch? {
    if let batch = try endToReport() { return batch }
    while try dataSocket.receive(into: &payload, blocking: false) {
      if let batch = try takeDataMessage() { return batch }
      if let batch = try endToReport() { return batch }
    }
    while try serviceSocket.receive(into: &payload, blocking: false) {
      if let batch = try takeAnswer() { return batch }
      if let batch = try endToReport() { return batch }
    }
    return nil
  }

  /// Takes the three frames of a data message, the first of which lies in ``payload``.
  private func takeDataMessage() throws -> Batch? {
    guard let index = topics.firstIndex(where: { payload.bytes.elementsEqual($0.nameBytes) }), payload.more else {
      // another topic that shares the prefix, or no topic at all
      if payload.more { try dataSocket.discardRemainingFrames() }
      return nil
    }
    _ = try dataSocket.receive(into: &payload)
    let header: DataHeader
    do {
      header = try DataHeader(decoding: payload.bytes)
      guard payload.more else { throw WireError("no payload") }
    } catch {
      refusedMessageCount += 1
      if payload.more { try dataSocket.discardRemainingFrames() }
      return nil
    }
    _ = try dataSocket.receive(into: &payload)
    if payload.more { try dataSocket.discardRemainingFrames() }
    guard holds(header) else { return nil }
    return try take(header, topic: index, isAnswer: false)
  }

  /// Takes an answer of the service socket, the first frame of which lies in ``payload``.
  private func takeAnswer() throws -> Batch? {
    lastHeard = options.clock.now()
    let isOK = payload.bytes.elementsEqual("ok".utf8)
    guard payload.more else {
      refusedMessageCount += 1
      return nil
    }
    _ = try serviceSocket.receive(into: &payload)
    let json: JSONValue
    do { json = try JSONValue(parsing: payload.bytes) } catch {
      if payload.more { try serviceSocket.discardRemainingFrames() }
      refusedMessageCount += 1
      if !isOK { try refused(nil, ServiceError(.failed, "its answer is \(error)")) }
      return nil
    }
    let id = json["id"]?.intValue
    if !isOK {
      if payload.more { try serviceSocket.discardRemainingFrames() }
      try refused(id, ServiceError(json))
      return nil
    }
    if let id { unconfirmed.remove(id) }
    guard payload.more, let name = json["topic"]?.stringValue, let index = topics.firstIndex(where: { $0.name == name })
    else {
      // acks are answered with nothing but ok
      if payload.more { try serviceSocket.discardRemainingFrames() }
      return nil
    }
    _ = try serviceSocket.receive(into: &payload)
    if payload.more { try serviceSocket.discardRemainingFrames() }
    return try takeFetched(json, id: id, topic: index)
  }

  /// Takes an answer to `fetch`, the payload of which lies in ``payload``.
  ///
  /// - Parameter id: That of the request. What was asked before may be answered late, or twice: that has to help nobody.
  private func takeFetched(_ json: JSONValue, id: Int?, topic index: Int) throws -> Batch? {
    let isLatest = id != nil && topics[index].fetchID == id
    let before = topics[index].cursor
    var problem: String?
    var batch: Batch?
    do {
      let header = try DataHeader(json)
      if holds(header) {
        batch = try take(header, topic: index, isAnswer: true)
      } else {
        problem = "its answer has not the \(header.count) lines that it says"
      }
    } catch let error as WireError {
      problem = "its answer has a header that cannot be read: \(error)"
    }
    let cursor = topics[index].cursor
    if batch != nil { fetchedBatchCount += 1 }
    if cursor.next != before.next || !cursor.isBehind {
      topics[index].budget = FetchBudget()
    } else if isLatest, problem == nil, cursor.epoch == before.epoch {
      problem = "its answer has nothing of what is missing, though messages up to offset \(cursor.known) were published"
    }
    if let problem {
      if isLatest { try refused(id, ServiceError(.failed, problem)) }
      return batch
    }
    // a repeat of an earlier answer: that of the last question is still to come
    guard isLatest || id == nil || cursor.next != before.next else { return batch }
    topics[index].fetchAskedAt = nil
    topics[index].fetchID = nil
    topics[index].fetchAgainAt = nil
    if cursor.isBehind, !cursor.isHeld { try fetch(index) }
    return batch
  }

  /// Deals with an answer that is none: a `fetch` is asked again after a while, as long as that may help.
  ///
  /// - Parameter id: That of the request; `nil` where the answer has none.
  /// - Throws: ``FetchRefused`` once it was refused too often, or where asking again cannot help.
  private func refused(_ id: Int?, _ error: ServiceError) throws {
    // other requests are repeated in any case
    let asked = topics.firstIndex {
      $0.fetchAskedAt != nil && $0.fetchAgainAt == nil && (id == nil || $0.fetchID == id)
    }
    guard let index = asked else { return }
    guard let pause = topics[index].budget.pause(after: error.code) else {
      throw FetchRefused(
        publisher: options.service, topic: topics[index].name, offset: topics[index].cursor.next,
        times: topics[index].budget.refusals, reason: error)
    }
    topics[index].fetchAgainAt = options.clock.now() + pause
  }

  /// Whether the payload has as many lines as its header says.
  private func holds(_ header: DataHeader) -> Bool {
    let bytes = payload.bytes
    let isWhole =
      count_newlines(bytes.baseAddress, bytes.count) == header.count && (bytes.isEmpty || bytes.last == 0x0A)
    if !isWhole { refusedMessageCount += 1 }
    return isWhole
  }

  private func take(_ header: DataHeader, topic index: Int, isAnswer: Bool) throws -> Batch? {
    if isStarted, !options.faults.has(.deduplication) || !options.faults.has(.gapRepair) {
      topics[index].cursor.jump(to: header, back: !options.faults.has(.deduplication))
    }
    let epoch = topics[index].cursor.epoch
    if !isAnswer, topics[index].place?.note(header) == nil { topics[index].place = ReplayPlace(header) }
    let action =
      isStarted
      ? topics[index].cursor.receive(header, isAnswer: isAnswer)
      : topics[index].cursor.note(header, isAnswer: isAnswer)
    if topics[index].cursor.followsJumps, topics[index].cursor.epoch != epoch {
      topics[index].fetchAskedAt = nil
      topics[index].fetchAgainAt = nil
      topics[index].hasReportedEnd = false
    }
    if action == .startOver {
      throw NewRunError(topic: topics[index].name, old: topics[index].cursor.run ?? "", new: header.run)
    }
    if isStarted {
      try join(index)
      try check(index)
      // a heartbeat follows every subscription: a publisher that was started again does not know who is there yet
      if header.count == 0, let name {
        switch options.role {
        case .member: try sendAck(name, topics[index])
        case .guest: try announce(name, topic: topics[index].name)
        }
      }
    }
    if let watermark = header.watermark { topics[index].watermark = watermark }
    switch action {
    case .ignore, .startOver: return nil
    case .fetch:
      try fetch(index)
      return nil
    case .deliver(let skipping):
      guard let lines = payload.bytes.dropFirstLines(skipping) else { return nil }
      let isEnd = topics[index].cursor.hasEnded
      if isEnd { try ended(index) }
      return Batch(
        topic: index, topicName: topics[index].name, run: header.run, epoch: header.epoch,
        offset: header.offset + skipping, count: header.count - skipping, lines: lines, watermark: header.watermark,
        clock: header.clock, isEnd: isEnd)
    }
  }

  /// - Throws: ``ShortTopicError`` where a topic ended before the messages that were taken from it.
  private func check(_ index: Int) throws {
    let cursor = topics[index].cursor
    guard let end = cursor.end, end < cursor.next else { return }
    throw ShortTopicError(topic: topics[index].name, end: end, next: cursor.next)
  }

  private func join(_ index: Int) throws {
    guard !topics[index].hasJoined, topics[index].cursor.run != nil else { return }
    topics[index].hasJoined = true
    if options.role == .member, let name = options.name { try sendAck(name, topics[index]) }
  }

  /// The end of a topic whose last message was delivered before the end was known.
  private func endToReport() throws -> Batch? {
    guard isStarted,
      let index = topics.firstIndex(where: { $0.cursor.hasEnded && !$0.hasReportedEnd && !$0.cursor.isHeld })
    else { return nil }
    try ended(index)
    return Batch(
      topic: index, topicName: topics[index].name, run: topics[index].cursor.run ?? "",
      epoch: topics[index].cursor.epoch,
      offset: topics[index].cursor.next, count: 0, lines: UnsafeRawBufferPointer(start: nil, count: 0),
      watermark: topics[index].watermark, clock: nil, isEnd: true)
  }

  private func ended(_ index: Int) throws {
    topics[index].hasReportedEnd = true
    guard topics[index].isBootstrap else { return }
    // what waited for this topic may go on, up to the next bootstrap topic that has not ended
    for later in topics.indices.dropFirst(index + 1) {
      topics[later].cursor.isHeld = false
      if topics[later].cursor.isBehind { try fetch(later) }
      if topics[later].isBootstrap { break }
    }
  }

  // MARK: Asking

  private func fetch(_ index: Int) throws {
    guard topics[index].fetchAskedAt == nil else { return }
    topics[index].fetchAskedAt = options.clock.now()
    lastFetchID += 1
    topics[index].fetchID = lastFetchID
    let cursor = topics[index].cursor
    try say(
      "fetch",
      .object(
        [
          .init("id", .int(lastFetchID)), .init("topic", .string(topics[index].name)),
          .init("offset", .int(cursor.next)),
          .init("max_bytes", .int(options.fetchBytes)),
        ]
          // where the replay has gone back, what lies ahead of it has been published and is to come again
          + (cursor.followsJumps ? [.init("before", .int(cursor.known))] : [])))
  }

  private func askAgain(_ index: Int, now: Int) throws {
    guard let asked = topics[index].fetchAskedAt,
      now >= topics[index].fetchAgainAt ?? (asked + options.fetchTimeoutNanoseconds)
    else { return }
    topics[index].fetchAskedAt = nil
    topics[index].fetchAgainAt = nil
    if topics[index].cursor.isBehind, !topics[index].cursor.isHeld { try fetch(index) }
  }

  private func announce(_ name: String, topic: String) throws {
    try say(
      "ack", .object([.init("id", .int(otherID)), .init("member", .string(name)), .init("topic", .string(topic))]))
  }

  private func sendAck(_ name: String, _ topic: Topic, id: Int? = nil) throws {
    lastSaid = options.clock.now()
    lastAt = max(lastAt + 1, options.clock.timeOfDay())
    try say(
      "ack",
      .object(
        [
          .init("id", .int(id ?? otherID)), .init("member", .string(name)), .init("topic", .string(topic.name)),
          .init("next", .int(topic.acknowledged)), .init("done", .bool(topic.isDone)), .init("at", .int(lastAt)),
          .init("generation", .string(options.generation)),
          .init("reads", .array(topics.map { .string($0.name) })),
        ]))
  }

  /// The `id` of requests whose answers are not looked at: an error without one belongs to a `fetch`. Those below are the
  /// topics' final acknowledgements, those above are each `fetch`.
  private var otherID: Int { topics.count }

  /// Sends a request; a publisher that cannot take it now is asked again later.
  private func say(_ verb: String, _ arguments: JSONValue) throws {
    scratch.removeAll()
    arguments.write(to: scratch)
    if try serviceSocket.send(verb, more: true, blocking: false) {
      try serviceSocket.send(scratch.bytes)
    }
  }
}
