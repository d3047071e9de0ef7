import Records
import TopicLog
import ZeroMQ

/// Publishes topics: the news on a data socket, the truth from their message files on a service socket.
///
/// One thread owns it. ``publish(_:lines:owner:count:watermark:clock:)`` waits while a member is too far behind; while
/// it waits, and whenever ``serve()`` is called, requests are answered. Nothing beyond what was published can be
/// fetched.
public final class Publisher {
  public struct Options: Sendable {
    /// The names to wait for, before the first message and at the end.
    public var members: [String] = []
    /// The generation that all of ``members`` have, where somebody gave it to them: nobody else then speaks for one.
    public var memberGeneration: String?
    /// The names of consumers that must have said they are here before the first message.
    public var waitFor: [String] = []
    /// The names of consumers that need not come, but that this publisher does not leave behind once they have.
    public var served: [String] = []
    /// How many batches a publisher runs ahead of its slowest member at most.
    public var windowBatches = 128
    /// How many bytes a publisher runs ahead of its slowest member at most.
    public var windowBytes = 8 << 20
    public var heartbeatNanoseconds = 1_000_000_000
    /// After this time without a word a member holds nothing up until it returns.
    public var memberSilenceNanoseconds = 10_000_000_000
    /// How many names that nobody asked for a publisher keeps books of at most.
    public var memberLimit = 256
    /// How many TCP connections each of the two sockets has at most; fewer where few files may be open.
    public var connectionLimit = 128
    /// Whether this publisher was there before and died: guests are about to come back.
    public var isStartedAgain = false
    /// With it, only those who have an authorised key can connect, and everything is encrypted.
    public var security: CurveServer?
    public var clock = StreamClock.monotonic

    public init() {}
  }

  /// Where a publisher can be reached.
  public struct Endpoints: Equatable, Sendable {
    public var data: [String]
    public var service: [String]

    public init(data: [String], service: [String]) {
      self.data = data
      self.service = service
    }
  }

  /// Above the window, so that a member's pipe never overflows.
  static let highWaterMark = 256
  /// A frame on the service socket is no longer; whoever sends a longer one is disconnected. Requests are far shorter.
  static let maxRequestBytes = 1 << 20
  /// Nor is a subscription, and what two sides say of themselves when they connect.
  static let maxSubscriptionBytes = 1 << 10
  /// So many subscriptions one connection has at most, and so many bytes long they are: libzmq takes some 40 times that.
  static let subscriptionsPerConnection = 64
  static let subscriptionBytesPerConnection = 4096
  /// Subscriptions are noted for so long in one go, in nanoseconds.
  static let subscribingNanoseconds = 2_000_000
  /// How much a connection, and all together, have sent that nobody has looked at yet. In memory that is up to 32 times
  /// as much for requests of empty frames, and up to 70 times as much for short subscriptions.
  static let waitingRequestBytes = (connection: 5 << 18, all: 2 << 20)
  static let waitingSubscriptionBytes = (connection: 64 << 10, all: 1 << 20)
  /// How long a new connection may take to say what it is.
  static let handshakeMilliseconds = 10_000
  /// Descriptors that connections leave to files and to the rest of the process.
  static let reservedDescriptors = 200

  public let name: String
  /// The endpoints that were bound; a port given as `*` is the real one here.
  public private(set) var endpoints: Endpoints
  /// Hears of members that join, fall silent and leave.
  public var onEvent: (PublisherEvent) -> Void = { _ in }
  /// Called again and again while publishing waits, every few milliseconds; may throw to give up.
  public var onWait: (Publisher) throws -> Void = { _ in }
  /// Hears of a member that is done with all its topics, before the member is told that this is known.
  public var onDone: (_ member: String) throws -> Void = { _ in }
  /// Answers verbs of its own; nothing where it does not know the verb.
  public var onRequest: (_ verb: String, _ arguments: JSONValue) throws(ServiceError) -> JSONValue? =
    { (_, _) throws(ServiceError) in nil }

  let options: Options
  let dataSocket: Socket
  let serviceSocket: Socket
  var topics: [PublishedTopic] = []
  var members: MemberTable
  var subscriptionCount: [String: Int] = [:]
  /// What each peer of the service socket has not read yet.
  var unread: [[UInt8]: LoanAccount] = [:]
  /// Who is catching up, by fetching one stretch after the other.
  var catchingUp = CatchUps()
  let scratch = ByteBuffer(capacity: 4096)
  private let gate: PublisherGate?
  /// None where all endpoints are within the process.
  let connectionGuard: ConnectionGuard?
  private var hasToldCrowd = false
  /// Who gave the names of guests that this publisher does not leave behind.
  var servedPeers: [String: ServedPeer] = [:]
  /// Whether some subscriber was too slow for a message, which it then has to fetch.
  private(set) var hasDropped = false
  /// How many names that nobody asked for were told of.
  private var strangersTold = 0
  private var poller = Poller()
  private let startedAt: Int
  /// Requests that were no requests, and verbs that nobody knows.
  public internal(set) var refusedRequestCount = 0

  /// Binds the sockets.
  ///
  /// - Throws: `ZeroMQError` with the endpoint where one cannot be bound; with ``Options/security``, also where the
  ///   context has such a publisher already.
  public init(context: Context, name: String, endpoints: Endpoints, options: Options = Options()) throws {
    self.name = name
    self.options = options
    startedAt = options.clock.now()
    members = MemberTable(
      awaited: options.members, waitFor: options.waitFor, served: options.served,
      silenceNanoseconds: options.memberSilenceNanoseconds)
    dataSocket = try Socket(context, .xpub)
    try dataSocket.set(.sendHighWaterMark, to: Publisher.highWaterMark)
    // libzmq reads all subscriptions that wait in one go: whoever floods them would keep it at that
    try dataSocket.set(.receiveHighWaterMark, to: 16)
    try dataSocket.set(.xpubVerboser, to: true)
    // a send that somebody has no room for is refused first, so that it is known, and then made all the same
    try dataSocket.set(.xpubNoDrop, to: true)
    try dataSocket.set(.maxMessageBytes, to: Publisher.maxSubscriptionBytes)
    serviceSocket = try Socket(context, .router)
    try serviceSocket.set(.maxMessageBytes, to: Publisher.maxRequestBytes)
    try serviceSocket.set(.sendHighWaterMark, to: 64)
    // a request may come in ever so many frames, and libzmq keeps them all until it is its turn
    try serviceSocket.set(.receiveHighWaterMark, to: 8)
    let (data, service) = (dataSocket, serviceSocket)
    for socket in [data, service] {
      try socket.set(.handshakeIntervalMilliseconds, to: Publisher.handshakeMilliseconds)
    }
    let isWithinProcess = (endpoints.data + endpoints.service).allSatisfy { $0.hasPrefix("inproc://") }
    let limit = Publisher.connectionLimit(options.connectionLimit, openFiles: OpenFileLimit.present)
    connectionGuard =
      isWithinProcess
      ? nil
      : try ConnectionGuard(
        context: context,
        sockets: [
          (
            data,
            .init(
              connections: limit, waitingBytes: Publisher.waitingSubscriptionBytes.connection,
              waitingBytesOfAll: Publisher.waitingSubscriptionBytes.all)
          ),
          (
            service,
            .init(
              connections: limit, waitingBytes: Publisher.waitingRequestBytes.connection,
              waitingBytesOfAll: Publisher.waitingRequestBytes.all)
          ),
        ], keepsNews: options.security != nil)
    gate = try options.security.map { try PublisherGate($0, context: context, sockets: [data, service]) }
    if (endpoints.data + endpoints.service).contains(where: { $0.hasPrefix("tcp://[") }) {
      for socket in [data, service] { try socket.set(.ipv6, to: true) }
    }
    self.endpoints = Endpoints(
      data: try endpoints.data.map { try data.bind($0) }, service: try endpoints.service.map { try service.bind($0) })
    poller.add(dataSocket)
    poller.add(serviceSocket)
  }

  /// How many connections each socket may have, so that descriptors are left for everything else.
  static func connectionLimit(_ wanted: Int, openFiles: Int?) -> Int {
    guard let openFiles else { return wanted }
    return max(1, min(wanted, (openFiles - Publisher.reservedDescriptors) / 4, openFiles / 8))
  }

  /// Makes a topic known: heartbeats tell those who already subscribe.
  ///
  /// - Parameters:
  ///   - log: The topic's message files, to answer `fetch` from.
  ///   - schema: What `describe` says of the messages.
  ///   - first: The offset of the first message that belongs to this run: those before it are left out.
  ///   - next: The offset to go on from: what lies before it in the files was published in an earlier life.
  ///   - epoch: The epoch to go on in.
  ///   - watermark: The highest event time before `next`.
  ///   - timeField: Where messages say when they happened, where the schema does not say it.
  /// - Returns: The number that the other calls know the topic by.
  @discardableResult
  public func declare(
    _ name: String, run: String, log: TopicReader, schema: JSONValue = .object([]), first: Int = 0, next: Int = 0,
    epoch: Int = 0, watermark: EventTime? = nil, timeField: TimeField? = nil
  ) throws -> Int {
    topics.append(
      PublishedTopic(
        name: name, run: run, log: log, schema: schema, first: first, next: next, epoch: epoch, watermark: watermark,
        timeField: timeField, options: options))
    try heartbeat(topics.count - 1)
    return topics.count - 1
  }

  /// Does not wait for members of whom an earlier life of this publisher knew that they are done.
  public func signOff(_ doneMembers: [String]) { members.signOff(doneMembers) }

  /// Lets go of what listens and answers, but for ``onEvent``: it often refers to this object in turn.
  public func forgetListeners() {
    onWait = { _ in }
    onDone = { _ in }
    onRequest = { (_, _) throws(ServiceError) in nil }
  }

  /// Withdraws all topics, for a publisher that starts over with another run.
  public func withdrawTopics() { topics.removeAll() }

  /// The offset behind what was published of a topic.
  public func next(of topic: Int) -> Int { topics[topic].next }

  /// The offset of the message that goes out next: before ``next(of:)`` where a replay has gone back.
  public func position(of topic: Int) -> Int { topics[topic].position }

  /// Whether no member has too much of a topic under way, so that publishing would not wait.
  public func hasRoom(in topic: Int) -> Bool { isWindowOpen(topic) }

  /// Whether everybody who is awaited has joined.
  public var isComplete: Bool { members.missing.isEmpty }

  /// Whether no member is left whose end would be waited for.
  public var isDone: Bool { unfinished.isEmpty }

  /// Publishes the next messages of a topic, waiting while a member has too much under way.
  ///
  /// - Parameters:
  ///   - lines: `count` whole lines that are already in the topic's files.
  ///   - owner: Keeps `lines` alive until they were sent; without one they are copied.
  public func publish(
    _ topic: Int, lines: UnsafeRawBufferPointer, owner: (any AnyObject & Sendable)? = nil, count: Int,
    watermark: EventTime?, clock: EventTime? = nil
  ) throws {
    try serve()
    if !isWindowOpen(topic) { try waitForWindow(of: topic) }
    let header = topics[topic].advance(count: count, bytes: lines.count, watermark: watermark, clock: clock)
    topics[topic].lastSent = options.clock.now()
    try send(topic, header, payload: owner.map { Message(referencing: lines, owner: $0) } ?? Message(copying: lines))
  }

  /// Sends messages of a topic once more, after the replay has gone back: for guests, as members have them, so that
  /// nobody is waited for.
  ///
  /// - Parameters:
  ///   - lines: `count` whole lines from ``position(of:)`` on, none of which lies at ``next(of:)`` or beyond.
  public func publishAgain(
    _ topic: Int, lines: UnsafeRawBufferPointer, owner: (any AnyObject & Sendable)? = nil, count: Int,
    watermark: EventTime?, clock: EventTime? = nil
  ) throws {
    try serve()
    let header = topics[topic].advance(count: count, bytes: lines.count, watermark: watermark, clock: clock)
    topics[topic].lastSent = options.clock.now()
    try send(topic, header, payload: owner.map { Message(referencing: lines, owner: $0) } ?? Message(copying: lines))
  }

  /// Publishes the next messages of a topic without showing them to guests: members are told that there is something to
  /// be fetched. Waits as ``publish(_:lines:owner:count:watermark:clock:)`` does.
  public func publishUnseen(_ topic: Int, count: Int, bytes: Int) throws {
    try serve()
    if !isWindowOpen(topic) { try waitForWindow(of: topic) }
    topics[topic].advanceUnseen(count: count, bytes: bytes)
    try heartbeat(topic)
  }

  /// Goes to another place of a topic, in a new epoch, and says so.
  ///
  /// What lies between is not sent to guests. Members fetch what they have not got: going forward, publishing waits
  /// until they have done so (``hasRoom(in:)``); going back, they are shown only what they have.
  ///
  /// - Parameters:
  ///   - offset: The message that goes out next; all before it must be in the topic's files.
  ///   - epoch: The new epoch, if that is not the next one.
  ///   - watermark: The highest event time before it.
  public func jump(
    _ topic: Int, to offset: Int, epoch: Int? = nil, watermark: EventTime?, clock: EventTime?
  ) throws {
    topics[topic].jump(to: offset, epoch: epoch, watermark: watermark, clock: clock)
    try heartbeat(topic)
  }

  /// Tells where the replay clock is, which heartbeats then say.
  public func note(clock: EventTime, of topic: Int) { topics[topic].clock = clock }

  /// Ends a topic: no more messages follow.
  ///
  /// - Parameter goesRound: Shows guests all of it once more from now on: for them only a pass has ended.
  public func end(_ topic: Int, clock: EventTime? = nil, goesRound: Bool = false) throws {
    if let clock { topics[topic].clock = clock }
    topics[topic].goesRound = goesRound
    topics[topic].hasEnded = true
    try heartbeat(topic)
  }

  /// Answers what has been asked, tells new subscribers where topics are, and sends heartbeats that are due. Does not
  /// block.
  public func serve() throws {
    try receiveSubscriptions()
    try answerRequests()
    let now = options.clock.now()
    for index in topics.indices where now - topics[index].lastSent >= options.heartbeatNanoseconds {
      try heartbeat(index)
    }
    note(members.notice(now: now))
    if let gate {
      for peer in gate.newRefusals(connectionGuard?.takeNews() ?? []) { onEvent(.refused(peer)) }
    }
    if !hasToldCrowd, let counts = connectionGuard?.refusedCounts, counts.tooMany + counts.tooMuch > 0 {
      hasToldCrowd = true
      onEvent(counts.tooMany > 0 ? .crowded : .overwhelmed)
    }
  }

  /// Waits for something to arrive, at most so long, then serves.
  public func wait(milliseconds: Int) throws {
    try options.clock.wait(for: &poller, milliseconds: milliseconds)
    try serve()
  }

  /// Adds the sockets to a poller that waits for several things at once.
  public func add(to poller: inout Poller) {
    poller.add(dataSocket)
    poller.add(serviceSocket)
  }

  /// How long a publisher that was started again answers members who may not know that their end is known, in
  /// nanoseconds.
  static let confirmingNanoseconds = 1_500_000_000

  /// Guests of a publisher that was started again have come back after this time, in nanoseconds.
  static let returningNanoseconds = 500_000_000

  var guestsMayReturn: Bool {
    options.isStartedAgain && options.clock.now() - startedAt < Publisher.returningNanoseconds
  }

  /// Whether anybody besides the members subscribes to a topic of this publisher.
  public var hasGuests: Bool {
    let subscribed = topics.reduce(0) { sum, topic in
      sum + subscriptionCount.reduce(0) { topic.name.hasPrefix($1.key) ? $0 + $1.value : $0 }
    }
    // a member that is done disconnects at once, and takes its subscriptions along
    let joined = members.members.reduce(0) { sum, entry in
      let (name, member) = entry
      return members.awaited.contains(name) ? sum + member.next.keys.count { !member.done.contains($0) } : sum
    }
    return subscribed > joined
  }

  /// Closes the sockets. Answers under way are still sent, if the context is terminated in order. ``onEvent`` hears of
  /// those who were refused more than once.
  public func close() {
    connectionGuard?.close()
    try? serviceSocket.set(.lingerMilliseconds, to: 500)
    dataSocket.close()
    serviceSocket.close()
    guard let gate else { return }
    for words in gate.totals { onEvent(.refusedInTotal(words)) }
    gate.close()
  }

  /// What publishing waits for, in words; nothing where it does not wait.
  public var waitingFor: String? {
    if let missing = members.missing.first { return "waiting for \(missing) to join" }
    for topic in topics where !topic.window.isOpen {
      if let slowest = members.slowest(in: topic.name), slowest.next < topic.next {
        return "waiting for \(slowest.name): \(topic.next - slowest.next) behind in \(topic.name)"
      }
    }
    if !topics.isEmpty, topics.allSatisfy(\.hasEnded) {
      if let name = unfinished.first { return "waiting for \(name) to finish" }
      if let guest = guestsToServe.first { return "waiting for \(guest.name), which \(guest.words)" }
    }
    return nil
  }

  // MARK: The window

  private func isWindowOpen(_ index: Int) -> Bool {
    guard isComplete else { return false }
    if let slowest = members.slowest(in: topics[index].name) {
      topics[index].window.acknowledged(upTo: slowest.next)
    } else {
      topics[index].window.clear()
    }
    return topics[index].window.isOpen
  }

  private func waitForWindow(of index: Int) throws {
    while !isWindowOpen(index) {
      try wait(milliseconds: 10)
      try onWait(self)
    }
  }

  // MARK: The data socket

  func heartbeat(_ index: Int) throws {
    topics[index].lastSent = options.clock.now()
    try send(index, topics[index].heartbeat, payload: Message())
  }

  private func send(_ index: Int, _ header: DataHeader, payload: consuming Message) throws {
    let isTaken = try dataSocket.send(topics[index].nameBytes, more: true, blocking: false)
    if !isTaken {
      hasDropped = true
      try dataSocket.set(.xpubNoDrop, to: false)
      try dataSocket.send(topics[index].nameBytes, more: true)
    }
    scratch.removeAll()
    header.write(to: scratch)
    try dataSocket.send(scratch.bytes, more: true)
    try dataSocket.send(payload)
    if !isTaken { try dataSocket.set(.xpubNoDrop, to: true) }
  }

  private func receiveSubscriptions() throws {
    // one heartbeat for all who came together: it reaches every subscriber
    var greeted: Set<Int> = []
    let deadline = options.clock.now() + Publisher.subscribingNanoseconds
    while let message = try dataSocket.receive(blocking: false) {
      let (change, byteCount, connection) = (SubscriptionChange(message.bytes), message.count, message.connection)
      let frames = message.more ? try dataSocket.discardRemainingFrames() + 1 : 1
      connectionGuard?.received(bytes: byteCount, frames: frames, from: connection)
      switch change {
      case .subscribed(let prefix):
        let isAllowed =
          connectionGuard?.subscribed(
            1, bytes: byteCount, from: connection, countLimit: Publisher.subscriptionsPerConnection,
            byteLimit: Publisher.subscriptionBytesPerConnection) ?? true
        let prefix = String(decoding: prefix, as: UTF8.self)
        subscriptionCount[prefix, default: 0] += 1
        guard isAllowed else { break }
        for index in topics.indices where topics[index].name.hasPrefix(prefix) { greeted.insert(index) }
      case .cancelled(let prefix):
        _ = connectionGuard?.subscribed(
          -1, bytes: -byteCount, from: connection, countLimit: .max, byteLimit: .max)
        let prefix = String(decoding: prefix, as: UTF8.self)
        subscriptionCount[prefix, default: 1] -= 1
        if subscriptionCount[prefix]! <= 0 { subscriptionCount[prefix] = nil }
      case nil: refusedRequestCount += 1
      }
      if options.clock.now() > deadline { break }
    }
    for index in greeted.sorted() { try heartbeat(index) }
  }

  func note(_ changes: [MemberTable.Change]) {
    for change in changes {
      // names that somebody makes up by the thousand are not told of by the thousand
      switch change {
      case .joined(let name), .present(let name), .left(let name):
        if !members.isExpected(name) {
          guard strangersTold < options.memberLimit else { continue }
          strangersTold += 1
        }
      case .silent, .returned: break
      }
      switch change {
      case .joined(let name): onEvent(.joined(name))
      case .present(let name): onEvent(.present(name))
      case .left(let name): onEvent(.left(name))
      case .silent(let name):
        onEvent(.silent(name, seconds: options.memberSilenceNanoseconds / 1_000_000_000))
      case .returned(let name): onEvent(.returned(name))
      }
    }
  }
}
