import Records
import TopicLog
import ZeroMQ

extension Publisher {
  /// So many requests are answered in one go: whoever floods a publisher takes turns with its work.
  static let requestsPerTurn = 64
  /// And for so long at most.
  static let answeringNanoseconds = 2_000_000
  /// Of a message with more frames, envelope included, only so many are kept, enough to see that it is no request.
  static let framesPerRequest = 8
  /// So many bytes of answers to `fetch` wait for a peer to read them; whoever asks for more is told to read first.
  static let unreadBytesPerPeer = 2 << 20

  /// Answers requests that have arrived.
  func answerRequests() throws {
    let deadline = options.clock.now() + Publisher.answeringNanoseconds
    for _ in 0..<Publisher.requestsPerTurn where options.clock.now() <= deadline {
      guard
        let message = try serviceSocket.receiveAttributed(frameLimit: Publisher.framesPerRequest, blocking: false)
      else { return }
      let (frames, user) = (message.frames, message.userID)
      connectionGuard?.received(bytes: message.byteCount, frames: message.frameCount, from: message.connection)
      // a ROUTER puts the peer's identity in front; a REQ client adds an empty delimiter
      let hasDelimiter = frames.count > 1 && frames[1].isEmpty
      let envelope = Array(frames.prefix(hasDelimiter ? 2 : 1))
      let body = Array(frames.dropFirst(envelope.count))
      do {
        try answer(body, from: user, on: message.connection, to: envelope)
      } catch let error as ServiceError {
        refusedRequestCount += 1
        let id = requestID(body)
        try reply(to: envelope, "error", .object((id.map { [.init("id", $0)] } ?? []) + error.json))
      }
    }
  }

  /// - Parameter user: Whose key the request came with; means nothing without security.
  private func answer(_ frames: [[UInt8]], from user: String?, on connection: Int32?, to envelope: [[UInt8]]) throws {
    let request = try ServiceRequest(frames: frames)
    try options.security?.check(String(decoding: frames[0], as: UTF8.self), user: user)
    let id = requestID(frames)
    func ok(_ members: [JSONValue.Member]) throws {
      try reply(to: envelope, "ok", .object((id.map { [.init("id", $0)] } ?? []) + members))
    }
    switch request {
    case .describe: try ok(description)
    case .fetch(let name, let from, let maxBytes, let before):
      try fetch(name, from, maxBytes, before, id, to: envelope)
    case .ack(let ack):
      try acknowledge(ack, from: envelope, on: connection)
      try ok([])
    case .leave(let member, let generation):
      try checkSpeaker(for: member, generation)
      note(members.leave(member))
      try ok([])
    case .other(let verb, let arguments):
      guard let answer = try onRequest(verb, arguments) else {
        throw ServiceError(
          .unknownVerb, "\(name) does not know \"\(String(verb.prefix(40)))\"; it answers describe, fetch, ack, leave")
      }
      guard case .object(let members) = answer else { return try ok([.init("result", answer)]) }
      try ok(members)
    }
  }

  private func acknowledge(
    _ ack: ServiceRequest.Acknowledgement, from envelope: [[UInt8]], on connection: Int32?
  ) throws {
    // a publisher that does not yet know its own topics still takes the name
    let topic = topics.isEmpty ? nil : topics[try index(of: ack.topic)]
    if members.isExpected(ack.member) {
      servedPeers[ack.member] = ServedPeer(
        identity: envelope[0], connection: connection, serial: connectionGuard?.serial(of: connection))
    }
    guard let next = ack.next else { return note(members.announce(ack.member, limit: options.memberLimit)) }
    try checkSpeaker(for: ack.member, ack.generation)
    guard let topic else {
      if ack.done { throw ServiceError(.unknownTopic, "\(name) does not know its topics yet: ask again") }
      return note(members.announce(ack.member, limit: options.memberLimit))
    }
    if ack.reads == nil, let reads = members.members[ack.member]?.reads, !reads.contains(ack.topic) {
      throw ServiceError(.badRequest, "\(ack.member) does not read \(ack.topic)")
    }
    guard members.makePlace(for: ack.member, limit: options.memberLimit) else {
      throw ServiceError(.tooManyMembers, "there are \(options.memberLimit) members already")
    }
    // whoever is known by a generation may be ahead of a publisher that was started again
    let problem = members.isExpected(ack.member) && ack.generation != nil ? nil : topic.problem(with: ack)
    let wasDone = members.members[ack.member]?.isDone ?? false
    note(
      members.acknowledge(
        ack.member, topic: ack.topic, next: problem == nil ? max(topic.first, next) : min(next, topic.next),
        done: ack.done && problem == nil, at: ack.at, generation: ack.generation, reads: ack.reads, envelope: envelope,
        now: options.clock.now()))
    if let problem { throw problem }
    if !wasDone, members.isExpected(ack.member), members.members[ack.member]?.isDone ?? false {
      try onDone(ack.member)
    }
  }

  /// Whether whoever has this generation may speak for a member.
  ///
  /// A member that was started again has another one, and takes over as soon as its former life has gone: its connection
  /// is closed, or it has been silent for long.
  private func checkSpeaker(for name: String, _ generation: String?) throws {
    if let given = options.memberGeneration, members.awaited.contains(name) {
      guard generation == given else { throw ServiceError.notTheMember(name) }
      return
    }
    guard let member = members.members[name], let known = member.generation, known != generation else { return }
    if !member.isSilent, try isConnected(member.envelope) { throw ServiceError.notTheMember(name) }
    members.forget(name)
  }

  /// Whether a peer is still there, which is told by sending it something that it takes no notice of.
  private func isConnected(_ envelope: [[UInt8]]) throws -> Bool {
    guard let peer = envelope.first else { return false }
    try serviceSocket.set(.routerMandatory, to: true)
    defer { try? serviceSocket.set(.routerMandatory, to: false) }
    do {
      if try !serviceSocket.send(peer, more: true, blocking: false) { return true }
    } catch {
      guard error.isHostUnreachable else { throw error }
      return false
    }
    for frame in envelope.dropFirst() { try serviceSocket.send(frame, more: true) }
    try serviceSocket.send("ok", more: true)
    try serviceSocket.send("{}")
    return true
  }

  /// Counts what a peer has not read yet, for as long as the message lives.
  private func lend(_ slice: TopicSlice, to peer: [UInt8]) -> Loan {
    if unread.count > 64 { unread = unread.filter { $0.value.byteCount > 0 } }
    let account = unread[peer] ?? LoanAccount()
    unread[peer] = account
    return Loan(slice, account)
  }

  private func index(of topic: String) throws(ServiceError) -> Int {
    guard !topics.isEmpty else { throw ServiceError(.notReady, "\(name) does not know its topics yet: ask again") }
    guard let index = topics.firstIndex(where: { $0.name == topic }) else {
      let names = topics.map(\.name).joined(separator: ", ")
      throw ServiceError(.unknownTopic, "\(name) has no topic \"\(String(topic.prefix(80)))\"; it has \(names)")
    }
    return index
  }

  private func fetch(
    _ name: String, _ from: ServiceRequest.FetchStart, _ maxBytes: Int, _ before: Int?, _ id: JSONValue?,
    to envelope: [[UInt8]]
  ) throws {
    let topic = topics[try index(of: name)]
    do {
      let offset: Int
      var isAhead = false
      switch from {
      case .offset(let wanted): offset = max(wanted, topic.first)
      case .time(let time):
        try topic.log.refresh()
        guard try topic.next == topic.first || topic.log.watermark != nil else {
          throw ServiceError(
            .badRequest, "no message of \(name) up to offset \(topic.next) has an event time: fetch from an offset")
        }
        offset = max(topic.first, min(try topic.log.offset(atOrAfter: time), topic.next))
        // the first message to come may be of that time, or any later one: what the file has is not there yet
        isAhead = offset == topic.next && !topic.hasEnded
      }
      guard offset <= topic.next else {
        throw ServiceError(.beyondEnd, "\(name) is published up to offset \(topic.next); \(offset) does not exist yet")
      }
      var slice: TopicSlice?
      if offset < topic.next {
        guard unread[envelope[0]]?.byteCount ?? 0 < Publisher.unreadBytesPerPeer else {
          throw ServiceError(.failed, "answers wait to be read: read those, then ask for more")
        }
        if topic.log.nextOffset < topic.next { try topic.log.refresh() }
        let limit = before.map { max(offset + 1, min($0, topic.next)) } ?? topic.next
        slice = try topic.log.slice(from: offset, maxBytes: maxBytes, before: limit)
        guard slice != nil else {
          throw ServiceError(.failed, "\(name) from offset \(offset) is not in the topic's files")
        }
      }
      let next = offset + (slice?.count ?? 0)
      let header = DataHeader(
        run: topic.run, epoch: topic.epoch, offset: offset, count: slice?.count ?? 0, watermark: topic.watermark,
        clock: topic.clock, isEnd: topic.hasEnded && !topic.goesRound && next == topic.next, first: topic.first,
        published: topic.hasEnded && topic.goesRound ? topic.next : nil, isComplete: topic.hasEnded, isAhead: isAhead)
      scratch.removeAll()
      header.write(to: scratch, topic: name, id: id)
      for frame in envelope { try serviceSocket.send(frame, more: true) }
      try serviceSocket.send("ok", more: true)
      try serviceSocket.send(scratch.bytes, more: true)
      guard let slice else {
        try serviceSocket.send(Message())
        return
      }
      try serviceSocket.send(Message(referencing: slice.bytes, owner: lend(slice, to: envelope[0])))
      catchingUp.fetched(offset..<next, of: name, by: envelope[0], now: options.clock.now())
    } catch let error as TopicLogError {
      // what is damaged here must not be published, and nobody else can give it
      if error.code == .damaged { throw error }
      throw ServiceError(.failed, "\(error)")
    }
  }

  /// What `describe` answers.
  private var description: [JSONValue.Member] {
    let topicList: [JSONValue] = topics.map { topic in
      var members: [JSONValue.Member] = [
        .init("topic", .string(topic.name)), .init("run", .string(topic.run)), .init("epoch", .int(topic.epoch)),
        .init("first", .int(topic.first)), .init("next", .int(topic.next)),
      ]
      if topic.isRepeating { members.append(.init("position", .int(topic.position))) }
      if let watermark = topic.watermark { members.append(.init("watermark", .string(watermark.description))) }
      if let clock = topic.clock { members.append(.init("clock", .string(clock.description))) }
      if let field = topic.timeField {
        members.append(.init("time_field", .string(field.name)))
        if let unit = field.unit { members.append(.init("time_unit", .string(unit.rawValue))) }
      }
      members.append(.init("ended", .bool(topic.hasEnded && !topic.goesRound)))
      members.append(.init("schema", topic.schema))
      return .object(members)
    }
    let memberList: [JSONValue] = members.members.sorted { $0.key < $1.key }.map { name, member in
      let lags: [JSONValue] = member.next.sorted { $0.key < $1.key }.map { topicName, next in
        let published = topics.first { $0.name == topicName }?.next ?? next
        return .object([
          .init("topic", .string(topicName)), .init("next", .int(next)),
          .init("lag", .int(max(0, published - next))), .init("done", .bool(member.done.contains(topicName))),
        ])
      }
      return .object([
        .init("member", .string(name)), .init("silent", .bool(member.isSilent)), .init("topics", .array(lags)),
      ])
    }
    return [
      .init("name", .string(name)), .init("run", topics.first.map { .string($0.run) } ?? .null),
      .init("data", .array(endpoints.data.map { .string($0) })),
      .init("service", .array(endpoints.service.map { .string($0) })),
      .init("topics", .array(topicList)), .init("members", .array(memberList)),
      .init("awaited", .array(members.missing.map { .string($0) })),
    ]
  }

  /// The `id` of a request, which its answer carries as well.
  private func requestID(_ frames: [[UInt8]]) -> JSONValue? {
    guard frames.count == 2, frames[1].count <= 4096 else { return nil }
    let id = try? JSONValue(parsing: frames[1])["id"]
    switch id {
    case .string, .number: return id
    default: return nil
    }
  }

  private func reply(to envelope: [[UInt8]], _ status: String, _ json: JSONValue) throws {
    for frame in envelope { try serviceSocket.send(frame, more: true) }
    try serviceSocket.send(status, more: true)
    try serviceSocket.send(json.description)
  }
}

extension ServiceError {
  fileprivate static func notTheMember(_ name: String) -> ServiceError {
    ServiceError(.notAllowed, "\(name) is known by another \"generation\": use a name of your own")
  }
}

extension PublishedTopic {
  /// What is wrong with how far somebody says it has come, if anything.
  fileprivate func problem(with ack: ServiceRequest.Acknowledgement) -> ServiceError? {
    guard let claimed = ack.next else { return nil }
    if claimed > next {
      return ServiceError(.beyondEnd, "\(name) is published up to offset \(next); \(claimed) does not exist yet")
    }
    if ack.done, !hasEnded || max(claimed, first) < next {
      let why = hasEnded ? "ends at offset \(next)" : "has not ended"
      return ServiceError(.badRequest, "nobody is done with \(name) at offset \(claimed): it \(why)")
    }
    return nil
  }
}
