import Foundation
import Records
import Synchronization
import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

@Suite(.enabled(if: hasCapability("curve"))) struct SecurityTests {
  let server: CurveKeypair
  let alice: CurveKeypair
  let bob: CurveKeypair
  let stranger: CurveKeypair

  init() throws {
    server = try curveKeypair()
    alice = try curveKeypair()
    bob = try curveKeypair()
    stranger = try curveKeypair()
  }

  private var options: Publisher.Options {
    var options = Publisher.Options()
    options.security = CurveServer(
      keypair: server,
      authorizedKeys: AuthorizedKeys([
        .init(publicKey: alice.publicKey, name: "alice"),
        .init(publicKey: bob.publicKey, name: "bob", rights: [.control]),
      ]))
    return options
  }

  private func identity(_ keypair: CurveKeypair, serverKey: String? = nil) -> CurveIdentity {
    CurveIdentity(keypair: keypair, serverKey: serverKey ?? server.publicKey)
  }

  // MARK: Those who are let in

  @Test(arguments: ["ipc", "tcp"])
  func thoseWithAKeyGetEverythingAndWhatTheyMissed(transport: String) throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, options: options, endpoint: transport == "tcp" ? "tcp://127.0.0.1:*" : nil)
      try station.publish(0..<200)
      // the publisher's own key is authorised as well
      for keypair in [alice, server] {
        let consumer = try station.consumer { $0.security = identity(keypair) }
        defer { consumer.close() }
        var delivered = Delivered()
        try station.serve("200 lines") {
          try delivered.take(from: consumer)
          return delivered.lines.count == 200
        }
        #expect(try consumer.linkProblem() == nil)
      }
      #expect(station.refused.isEmpty)
    }
  }

  @Test func aMemberHoldsAPublisherBack() throws {
    try withTemporaryFolder { folder in
      var options = options
      options.members = ["m"]
      let station = try Station(folder, options: options)
      let member = try station.consumer("m", role: .member) { $0.security = identity(server) }
      defer { member.close() }
      #expect(!station.publisher.isComplete)
      try station.serve("the member") {
        _ = try member.receive(timeoutMilliseconds: 0)
        return station.publisher.isComplete
      }
    }
  }

  // MARK: Those who are not

  @Test func refusesAKeyThatIsNotAuthorizedAndSaysSoOnce() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, options: options, endpoint: "tcp://127.0.0.1:*")
      try station.publish(0..<3)
      let wanted = LinkProblem.Reason.notAuthorized(publicKey: stranger.publicKey)
      for _ in 0..<3 {
        let consumer = try station.consumer { $0.security = identity(stranger) }
        defer { consumer.close() }
        #expect(try problem(of: consumer, at: station)?.reason == wanted)
        #expect(throws: LinkProblem.self) { try consumer.keepAlive() }
        #expect(throws: LinkProblem.self) { try consumer.knownRuns() }
      }
      try station.serve("word of it") { !station.refused.isEmpty }
      #expect(station.refused == [.init(.unknownKey(stranger.publicKey), address: "127.0.0.1")])
      station.publisher.close()
      guard case .refusedInTotal(let words) = try #require(station.events.last) else { throw TimedOut(what: "a total") }
      #expect(words.hasPrefix("refused "))
      #expect(words.contains("times: 127.0.0.1: its key \(stranger.publicKey) is not authorised"))
      #expect(!"\(station.events) \(options)".contains(server.secretKey))
    }
  }

  @Test func refusesThoseWithoutAKey() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, options: options, endpoint: "tcp://127.0.0.1:*")
      try station.publish(0..<3)
      let consumer = try station.consumer()
      defer { consumer.close() }
      let found = try problem(of: consumer, at: station)
      #expect(found?.reason == .keysMissing)
      #expect(found?.isFinal == true)
      try station.serve("word of it") { station.refused.contains { $0.reason == .noKeys } }
      #expect(try consumer.receive(timeoutMilliseconds: 0) == nil)
    }
  }

  @Test func oneWithAKeyIsToldOfAPublisherWithoutOne() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, endpoint: "tcp://127.0.0.1:*")
      let consumer = try station.consumer { $0.security = identity(alice) }
      defer { consumer.close() }
      #expect(try problem(of: consumer, at: station)?.reason == .keysNotWanted)
    }
  }

  @Test func oneWithAnotherServerKeyInMindIsToldAfterAWhile() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, options: options, endpoint: "tcp://127.0.0.1:*")
      let time = HandClock()
      let consumer = try station.consumer {
        $0.security = identity(alice, serverKey: stranger.publicKey)
        $0.clock = time.clock
      }
      defer { consumer.close() }
      try station.serve("word of it") {
        let early = try consumer.linkProblem()
        #expect(early == nil)
        return station.refused.contains { $0.reason == .otherServerKey }
      }
      var found: LinkProblem?
      try station.serve("the problem") {
        time.advance(seconds: 0.1)
        found = try consumer.linkProblem()
        return found != nil
      }
      #expect(found?.reason == .noAnswer(withKeys: true))
      #expect(found?.isFinal == false)
      // it may yet be put right
      try consumer.keepAlive()
    }
  }

  @Test func aContextHasOnePublisherWithKeys() throws {
    try withTemporaryFolder { folder in
      let station = try Station(folder, options: options)
      let error = #expect(throws: ZeroMQError.self) {
        try Station(folder, context: station.context, run: "r2", options: options)
      }
      #expect(error?.operation == "have a second publisher with keys in one context")
    }
  }

  // MARK: Rights

  @Test func controlTakesAKeyWithTheRight() throws {
    try withTemporaryFolder { folder in
      let context = try Context()
      let isOver = Flag()
      let ends = DispatchSemaphore(value: 0)
      let isReady = DispatchSemaphore(value: 0)
      let options = options
      Thread.detachNewThread {
        defer { ends.signal() }
        do {
          let station = try Station(folder, context: context, options: options)
          station.publisher.onRequest = { (verb, _) throws(ServiceError) in
            ["control", "query"].contains(verb) ? .object([.init("verb", .string(verb))]) : nil
          }
          isReady.signal()
          while !isOver.isSet { try station.publisher.wait(milliseconds: 1) }
        } catch { Issue.record(error) }
      }
      isReady.wait()
      defer {
        isOver.set()
        ends.wait()
      }
      func ask(_ keypair: CurveKeypair, _ verb: String) throws -> JSONValue {
        let client = try ServiceClient(
          context: context, service: "ipc://\(folder)/service-r1", security: identity(keypair))
        defer { client.close() }
        return try client.request(verb, timeoutMilliseconds: 60_000)
      }
      #expect(try ask(bob, "control")["verb"] == "control")
      #expect(try ask(server, "control")["verb"] == "control")
      #expect(try ask(alice, "query")["verb"] == "query")
      let refusal = #expect(throws: ServiceError.self) { try ask(alice, "control") }
      #expect(refusal?.code == .notAllowed)
      #expect(refusal?.message == #""control" takes a key with the right control; that of alice has not got it"#)
      let problem = #expect(throws: LinkProblem.self) { try ask(stranger, "describe") }
      #expect(problem?.reason == .notAuthorized(publicKey: stranger.publicKey))
    }
  }

  // MARK: Decisions

  @Test func aLinkIsInTroubleWhenItBreaksForTooLong() {
    var state = LinkState(endpoint: "tcp://there:1", publicKey: "k")
    let second = 1_000_000_000
    state.note(.connected, now: 0)
    state.note(.brokenOff, now: 0)
    state.note(.brokenOff, now: second)
    #expect(state.problem == nil)
    // a publisher that was just starting
    state.note(.agreed, now: 2 * second)
    state.note(.brokenOff, now: 3 * second)
    state.note(.brokenOff, now: 4 * second)
    #expect(state.problem == nil)
    state.note(.brokenOff, now: 5 * second)
    #expect(state.problem == LinkProblem(endpoint: "tcp://there:1", reason: .noAnswer(withKeys: true)))
    state.note(.agreed, now: 6 * second)
    #expect(state.problem == nil)
    state.note(.failed(.mechanismMismatch), now: 7 * second)
    #expect(state.problem?.reason == .keysNotWanted)
    // what is known is not forgotten for something vaguer
    state.note(.brokenOff, now: 8 * second)
    state.note(.brokenOff, now: 20 * second)
    #expect(state.problem?.reason == .keysNotWanted)
  }

  @Test func refusalsAreCountedByWhoWasRefused() {
    var log = RefusalLog()
    let here = RefusedPeer(.noKeys, address: "10.0.0.1")
    let peers = [
      here, here, RefusedPeer(.noKeys, address: "10.0.0.2"), RefusedPeer(.unknownKey("k"), address: "10.0.0.1"),
      // gone before they could be asked where from
      RefusedPeer(.noKeys, address: nil), RefusedPeer(.otherServerKey, address: nil),
    ]
    #expect(peers.map { log.note($0) } == [true, false, true, true, false, true])
    #expect(log.repeated.map(\.count) == [3])
    #expect(log.repeated.first?.peer == here)
    for number in 0..<2000 { _ = log.note(RefusedPeer(.noKeys, address: "address \(number)")) }
    #expect(log.counts.count == RefusalLog.peerLimit)
    #expect(log.othersCount == 2000 - (RefusalLog.peerLimit - 4))
  }

  // MARK: Support

  private final class Flag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
  }

  /// Serves until a consumer knows why nothing comes.
  private func problem(of consumer: Consumer, at station: Station) throws -> LinkProblem? {
    var found: LinkProblem?
    try station.serve("a problem") {
      found = try consumer.linkProblem()
      return found != nil
    }
    return found
  }
}

extension Station {
  /// Who was not let in, as was reported.
  fileprivate var refused: [RefusedPeer] {
    events.compactMap { if case .refused(let peer) = $0 { peer } else { nil } }
  }
}
