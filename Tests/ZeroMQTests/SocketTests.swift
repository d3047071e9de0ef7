import Foundation
import Testing
import ZeroMQ

@Suite struct SocketTests {
  let context: Context

  init() throws {
    context = try Context()
  }

  @Test(arguments: ["inproc", "tcp", "ipc"])
  func carriesEveryFormOfSend(transport: String) throws {
    try withTemporaryFolder { folder in
      let endpoint =
        switch transport {
        case "tcp": "tcp://127.0.0.1:*"
        case "ipc": "ipc://\(folder)/socket"
        default: uniqueInproc()
        }
      let (a, b) = try openPair(context, at: endpoint)

      #expect(try a.send([1, 2, 3]))
      #expect(try b.receive()?.array == [1, 2, 3])
      #expect(try [UInt8](4...9).withUnsafeBytes { try a.send($0) })
      #expect(try b.receive()?.array == [4, 5, 6, 7, 8, 9])
      #expect(try a.send("größer"))
      #expect(try b.receive()?.array == Array("größer".utf8))
      #expect(try a.send(Message(copying: [7])))
      #expect(try b.receive()?.array == [7])
      #expect(try a.send([]))
      #expect(try b.receive()?.count == 0)
      #expect(try a.send(UnsafeRawBufferPointer(start: nil, count: 0)))
      #expect(try b.receive()?.count == 0)

      var message = Message(copying: [8, 9])
      #expect(try a.send(&message))
      #expect(message.count == 0)
      #expect(try b.receive(into: &message))
      #expect(message.array == [8, 9])

      let large = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
      #expect(try a.send(large))
      #expect(try b.receive(into: &message))
      #expect(message.array == large)
    }
  }

  @Test func fillsAWildcardIn() throws {
    let socket = try open(context, .rep)
    let endpoint = try socket.bind("tcp://127.0.0.1:*")
    #expect(endpoint.hasPrefix("tcp://127.0.0.1:"))
    #expect(!endpoint.hasSuffix("*"))
    let peer = try open(context, .req)
    try peer.connect(endpoint)
    try peer.send("?")
    #expect(try socket.receive()?.array == Array("?".utf8))
    try socket.unbind(endpoint)
    let next = try open(context, .rep)
    #expect(eventually { (try? next.bind(endpoint)) != nil })
  }

  @Test func carriesMessagesOfSeveralFrames() throws {
    let (a, b) = try openPair(context)
    let frames: [[UInt8]] = [[1], [], [2, 3]]
    #expect(try a.sendMultipart(frames))
    #expect(try b.receiveMultipart() == frames)

    try a.send("topic", more: true)
    try a.send("payload")
    let topic = try b.receive()
    #expect(topic?.more == true)
    #expect(try b.hasMore)
    let payload = try b.receive()
    #expect(payload?.more == false)
    #expect(try !b.hasMore)
  }

  @Test func dropsTheRestOfAMessage() throws {
    let (a, b) = try openPair(context)
    try a.sendMultipart([[1], [2], [3]])
    try a.send([4])
    _ = try b.receive()
    #expect(try b.discardRemainingFrames() == 2)
    #expect(try b.receive()?.array == [4])
    #expect(try b.discardRemainingFrames() == 0)
  }

  @Test func saysWhenItWouldBlock() throws {
    let (push, pull) = (try open(context, .push), try open(context, .pull))
    #expect(try !push.send([1], blocking: false))
    #expect(try !push.sendMultipart([[1], [2]], blocking: false))
    #expect(try pull.receive(blocking: false) == nil)
    #expect(try pull.receiveMultipart(blocking: false) == nil)

    var message = Message(copying: [1, 2])
    #expect(try !push.send(&message, blocking: false))
    #expect(message.array == [1, 2])
    #expect(try !pull.receive(into: &message, blocking: false))
    #expect(message.array == [])
  }

  @Test func blocksAtTheHighWaterMark() throws {
    let (push, pull) = (try open(context, .push), try open(context, .pull))
    try push.set(.sendHighWaterMark, to: 2)
    try pull.set(.receiveHighWaterMark, to: 3)
    try pull.connect(try push.bind(uniqueInproc()))
    var sent = 0
    while try push.send([0], blocking: false) { sent += 1 }
    #expect(sent == 5)
    _ = try push.events
    #expect(try push.events == [])
    #expect(try pull.events == .readable)
  }

  @Test func timesOut() throws {
    let (push, pull) = (try open(context, .push), try open(context, .pull))
    try push.set(.sendTimeoutMilliseconds, to: 20)
    try pull.set(.receiveTimeoutMilliseconds, to: 20)
    let error = #expect(throws: ZeroMQError.self) { try push.send([1]) }
    #expect(error?.isAgain == true)
    #expect(try pull.receive() == nil)
    #expect(try pull.receiveMultipart() == nil)
  }

  @Test func receivesSubscriptionsOnAnXPUB() throws {
    let (publisher, subscriber) = (try open(context, .xpub), try open(context, .sub))
    try publisher.set(.xpubVerboser, to: true)
    try subscriber.connect(try publisher.bind(uniqueInproc()))
    try subscriber.subscribe("events.")
    #expect(try change(publisher) == .subscribed(prefix: Array("events.".utf8)))
    try publisher.sendMultipart([Array("users.raw".utf8), [1]])
    try publisher.sendMultipart([Array("events.raw".utf8), [2]])
    #expect(try subscriber.receiveMultipart() == [Array("events.raw".utf8), [2]])
    try subscriber.unsubscribe("events.")
    #expect(try change(publisher) == .cancelled(prefix: Array("events.".utf8)))
  }

  @Test func seesARepeatedSubscriptionOnlyWhenVerbose() throws {
    for isVerbose in [false, true] {
      let publisher = try open(context, .xpub)
      try publisher.set(.xpubVerbose, to: isVerbose)
      let endpoint = try publisher.bind(uniqueInproc())
      let subscribers = [try open(context, .sub), try open(context, .sub)]
      for subscriber in subscribers {
        try subscriber.subscribe("t")
        try subscriber.connect(endpoint)
      }
      #expect(try change(publisher) == .subscribed(prefix: Array("t".utf8)))
      try publisher.set(.receiveTimeoutMilliseconds, to: isVerbose ? patienceMilliseconds : 50)
      #expect(try change(publisher) == (isVerbose ? .subscribed(prefix: Array("t".utf8)) : nil))
    }
  }

  @Test func waitsForASlowSubscriberWithoutDrop() throws {
    let (publisher, subscriber) = (try open(context, .xpub), try open(context, .sub))
    try publisher.set(.xpubNoDrop, to: true)
    try publisher.set(.sendHighWaterMark, to: 1)
    try subscriber.set(.receiveHighWaterMark, to: 1)
    try subscriber.connect(try publisher.bind(uniqueInproc()))
    try subscriber.subscribe("")
    _ = try publisher.receive()
    var sent = 0
    while sent < 100, try publisher.send([UInt8(sent)], blocking: false) { sent += 1 }
    #expect(sent < 100)
    for number in 0..<sent { #expect(try subscriber.receive()?.array == [UInt8(number)]) }
  }

  @Test func routesEnvelopesOfREQAndDEALER() throws {
    let router = try open(context, .router)
    let endpoint = try router.bind(uniqueInproc())
    let request = try open(context, .req)
    try request.set(.identity, to: Array("req".utf8))
    try request.connect(endpoint)
    let dealer = try open(context, .dealer)
    try dealer.set(.identity, to: Array("dealer".utf8))
    try dealer.connect(endpoint)

    try request.sendMultipart([Array("describe".utf8), Array("{}".utf8)])
    let first = try #require(try router.receiveMultipart())
    #expect(first == [Array("req".utf8), [], Array("describe".utf8), Array("{}".utf8)])
    try router.sendMultipart([first[0], [], Array("ok".utf8)])
    #expect(try request.receiveMultipart() == [Array("ok".utf8)])

    try dealer.sendMultipart([Array("fetch".utf8)])
    let second = try #require(try router.receiveMultipart())
    #expect(second == [Array("dealer".utf8), Array("fetch".utf8)])
    try router.sendMultipart([second[0], Array("ok".utf8)])
    #expect(try dealer.receiveMultipart() == [Array("ok".utf8)])
  }

  @Test func knowsAPeerByItsProbe() throws {
    let router = try open(context, .router)
    try router.set(.routerMandatory, to: true)
    try router.set(.routerHandover, to: true)
    let unknown = #expect(throws: ZeroMQError.self) { try router.sendMultipart([[1], [2]]) }
    #expect(unknown?.isHostUnreachable == true)

    let dealer = try open(context, .dealer)
    try dealer.set(.probeRouter, to: true)
    try dealer.set(.identity, to: [65])
    try dealer.connect(try router.bind(uniqueInproc()))
    #expect(try router.receiveMultipart() == [[65], []])
    try router.sendMultipart([[65], [2]])
    #expect(try dealer.receiveMultipart() == [[2]])
  }

  @Test func asksAgainWithoutAReplyOnlyWhenRelaxed() throws {
    let router = try open(context, .router)
    let endpoint = try router.bind(uniqueInproc())
    let strict = try open(context, .req)
    try strict.connect(endpoint)
    try strict.send("1")
    let error = #expect(throws: ZeroMQError.self) { try strict.send("2") }
    #expect(error?.isWrongState == true)

    let relaxed = try open(context, .req)
    try relaxed.setRelaxedRequests()
    try relaxed.connect(endpoint)
    try relaxed.send("old")
    try relaxed.send("new")
    _ = try router.receiveMultipart()
    let old = try #require(try router.receiveMultipart())
    let new = try #require(try router.receiveMultipart())
    #expect(old.last == Array("old".utf8))
    try router.sendMultipart(old.dropLast() + [Array("too late".utf8)])
    try router.sendMultipart(new.dropLast() + [Array("in time".utf8)])
    #expect(try relaxed.receiveMultipart() == [Array("in time".utf8)])
  }

  @Test func namesTheEndpointOfATakenPort() throws {
    let holder = try open(context, .pull)
    let endpoint = try holder.bind("tcp://127.0.0.1:*")
    let error = #expect(throws: ZeroMQError.self) { try open(context, .pull).bind(endpoint) }
    #expect(error?.isAddressInUse == true)
    #expect(error?.endpoint == endpoint)
    #expect(
      error?.description
        == "bind \(endpoint): Address already in use (another socket is bound there; stop it or choose another address)"
    )
  }

  @Test func takesOverAnIPCPathInUse() throws {
    try withTemporaryFolder { folder in
      let holder = try open(context, .pull)
      let endpoint = try holder.bind("ipc://\(folder)/socket")
      try open(context, .pull).bind(endpoint)
    }
  }

  @Test(arguments: [
    ("tcp//127.0.0.1:1", "expected tcp://HOST:PORT"),
    ("nonsense://x", "endpoints begin with"),
    ("ipc:///nowhere/at/all", "does its folder exist?"),
    ("ipc:///tmp/" + String(repeating: "x", count: 120), "choose a shorter folder"),
    ("tcp://203.0.113.7:5550", "bind to an address of this machine"),
  ])
  func saysWhatIsWrongWithAnEndpoint(endpoint: String, advice: String) throws {
    let socket = try open(context, .pull)
    let error = #expect(throws: ZeroMQError.self) { try socket.bind(endpoint) }
    #expect(error?.endpoint == endpoint)
    #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
  }

  @Test func namesTheEndpointItIsNotConnectedTo() throws {
    let socket = try open(context, .pull)
    for call in [socket.disconnect, socket.unbind] {
      let error = #expect(throws: ZeroMQError.self) { try call("tcp://127.0.0.1:9") }
      #expect(error?.endpoint == "tcp://127.0.0.1:9")
    }
    try socket.connect("tcp://127.0.0.1:9")
    try socket.disconnect("tcp://127.0.0.1:9")
  }

  @Test func closesTwice() throws {
    let socket = try open(context, .pair)
    #expect(!socket.isClosed)
    socket.close()
    socket.close()
    #expect(socket.isClosed)
    let error = #expect(throws: ZeroMQError.self) { try socket.send([1]) }
    #expect(error?.isClosed == true)
    #expect(throws: ZeroMQError.self) { try socket.receive() == nil }
    #expect(throws: ZeroMQError.self) { try socket.bind(uniqueInproc()) }
    #expect(throws: ZeroMQError.self) { try socket.events }
  }

  @Test func freesItsPortWhenReleased() throws {
    var socket: Socket? = try open(context, .pull)
    let endpoint = try socket?.bind("tcp://127.0.0.1:*") ?? ""
    socket = nil
    let next = try open(context, .pull)
    #expect(eventually { (try? next.bind(endpoint)) != nil })
  }

  @Test func refusesWhatItsKindCannotDo() throws {
    let error = #expect(throws: ZeroMQError.self) { try open(context, .sub).send([1]) }
    #expect(error?.isNotSupported == true)
  }

  @Test(arguments: Socket.Kind.allCases)
  func opensEveryKind(kind: Socket.Kind) throws {
    #expect(try Socket(context, kind).kind == kind)
  }

  private func change(_ publisher: Socket) throws -> SubscriptionChange? {
    guard let message = try publisher.receive() else { return nil }
    return message.withUnsafeBytes { SubscriptionChange($0) }
  }
}
