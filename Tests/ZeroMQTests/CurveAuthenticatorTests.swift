import Testing

@testable import ZeroMQ

@Suite(.enabled(if: hasCapability("curve"))) struct CurveAuthenticatorTests {
  let context: Context
  let serverKeys: CurveKeypair
  let known: CurveKeypair
  let stranger: CurveKeypair

  init() throws {
    context = try Context()
    serverKeys = try curveKeypair()
    known = try curveKeypair()
    stranger = try curveKeypair()
  }

  @Test func letsInWhomItListsAndNamesThem() throws {
    let authenticator = try CurveAuthenticator(context: context, users: [known.publicKey: "alice"])
    let server = try server(.router)
    let client = try client(known, to: server)
    try client.sendMultipart([Array("question".utf8), Array("body".utf8)])
    let request = try #require(try server.receiveAttributed())
    #expect(request.frames.dropFirst().map { String(decoding: $0, as: UTF8.self) } == ["question", "body"])
    #expect(request.userID == "alice")
    #expect(authenticator.takeRefusals().isEmpty)
  }

  @Test func refusesWhomItDoesNotListAndRemembersTheKey() throws {
    let authenticator = try CurveAuthenticator(context: context, users: [known.publicKey: "alice"])
    let server = try server(.router)
    let (client, monitor) = try monitoredClient(stranger, to: server)
    defer { client.close() }
    var events: [SocketMonitor.Event] = []
    #expect(try happens(.failed(.refused(status: 400)), in: monitor, seen: &events))
    #expect(!events.contains(.agreed))
    #expect(authenticator.takeRefusals() == [.init(publicKey: stranger.publicKey, address: "127.0.0.1")])
    #expect(authenticator.takeRefusals().isEmpty)
    #expect(try server.receiveAttributed(blocking: false) == nil)
  }

  @Test func aContextHasRoomForOne() throws {
    let first = try CurveAuthenticator(context: context, users: [:])
    let error = #expect(throws: ZeroMQError.self) { try CurveAuthenticator(context: context, users: [:]) }
    #expect(error?.isAddressInUse == true)
    first.stop()
    first.stop()
    // a closed socket's address is free in a moment
    #expect(eventually { (try? CurveAuthenticator(context: context, users: [:])) != nil })
  }

  @Test func endsWithItsContext() throws {
    let context = try Context()
    let authenticator = try CurveAuthenticator(context: context, users: [:])
    try OwnThread { context.terminate() }.wait()
    authenticator.stop()
    #expect(throws: ZeroMQError.self) { try CurveAuthenticator(context: context, users: [:]) }
  }

  @Test func doesNotKeepItsContextAlive() throws {
    weak var released: Context?
    do {
      let context = try Context()
      released = context
      _ = try CurveAuthenticator(context: context, users: [known.publicKey: "alice"])
    }
    #expect(eventually { released == nil })
  }

  @Test func endsWhileClientsKnock() throws {
    for _ in 0..<20 {
      let context = try Context()
      let authenticator = try CurveAuthenticator(context: context, users: [known.publicKey: "alice"])
      let server = try open(context, .router)
      try server.setCurveServer(serverKeys)
      let endpoint = try server.bind("tcp://127.0.0.1:*")
      let clients = try [known, stranger, known].map { keys in
        let client = try open(context, .dealer)
        try client.setCurveClient(serverKey: serverKeys.publicKey, keypair: keys)
        try client.connect(endpoint)
        return client
      }
      authenticator.stop()
      for socket in clients + [server] { socket.close() }
      try OwnThread { context.terminate() }.wait()
    }
  }

  // MARK: What monitors tell

  @Test func aMonitorTellsThatMessagesFlow() throws {
    let server = try server(.router)
    let (client, monitor) = try monitoredClient(known, to: server)
    defer { client.close() }
    var events: [SocketMonitor.Event] = []
    #expect(try happens(.agreed, in: monitor, seen: &events))
    #expect(events == [.connected, .agreed])
  }

  @Test func aMonitorTellsOfAPeerWithoutKeys() throws {
    let server = try server(.router, monitored: true)
    let client = try open(context, .dealer)
    let monitor = try SocketMonitor(client, context: context)
    try client.connect(server.socket.get(.lastEndpoint))
    var seen: [SocketMonitor.Event] = []
    #expect(try happens(.failed(.mechanismMismatch), in: monitor, seen: &seen))
    var events: [SocketMonitor.Event] = []
    #expect(try happens(.failed(.mechanismMismatch), in: server.monitor, seen: &events))
    guard case .accepted(let descriptor) = try #require(events.first) else { throw Unexpected() }
    #expect(try happens(.disconnected(fileDescriptor: descriptor), in: server.monitor, seen: &events))
    #expect(events.count == 3)
  }

  @Test func aMonitorTellsOfAPeerWithAnotherKeyInMind() throws {
    let server = try server(.router, monitored: true)
    let client = try open(context, .dealer)
    try client.setCurveClient(serverKey: stranger.publicKey, keypair: known)
    let monitor = try SocketMonitor(client, context: context)
    try client.connect(server.socket.get(.lastEndpoint))
    var events: [SocketMonitor.Event] = []
    #expect(try happens(.failed(.cryptography), in: server.monitor, seen: &events))
    #expect(try happens(.brokenOff, in: monitor, seen: &events))
  }

  @Test func aMonitorMayBeClosedBeforeOrAfterItsSocket() throws {
    for closesMonitorFirst in [true, false] {
      let context = try Context()
      let server = try open(context, .router)
      let endpoint = try server.bind("tcp://127.0.0.1:*")
      let client = try open(context, .dealer)
      let monitor = try SocketMonitor(client, context: context)
      try client.connect(endpoint)
      var events: [SocketMonitor.Event] = []
      #expect(try happens(.agreed, in: monitor, seen: &events))
      if closesMonitorFirst { monitor.close() }
      client.close()
      monitor.close()
      #expect(try monitor.next() == nil)
      server.close()
      try OwnThread { context.terminate() }.wait()
    }
  }

  @Test func saysWhereAConnectionIsFrom() throws {
    let server = try server(.router, monitored: true)
    let client = try client(known, to: server.socket)
    defer { client.close() }
    var events: [SocketMonitor.Event] = []
    #expect(try happens(.agreed, in: server.monitor, seen: &events))
    guard case .accepted(let descriptor) = try #require(events.first) else { throw Unexpected() }
    #expect(peerAddress(ofConnection: descriptor) == "127.0.0.1")
    #expect(peerAddress(ofConnection: -1) == nil)
  }

  // MARK: Keys

  @Test func knowsTheFormOfAKey() throws {
    #expect(CurveKeypair.isKey(serverKeys.publicKey))
    #expect(CurveKeypair.isKey(serverKeys.secretKey))
    #expect(!CurveKeypair.isKey(String(serverKeys.publicKey.dropLast())))
    #expect(!CurveKeypair.isKey("~" + serverKeys.publicKey.dropFirst()))
    #expect(!CurveKeypair.isKey("é" + serverKeys.publicKey.dropFirst(2)))
    #expect(!CurveKeypair.isKey(""))
  }

  // MARK: Support

  private struct Unexpected: Error {}

  private func server(_ kind: Socket.Kind) throws -> Socket {
    let socket = try open(context, kind)
    try socket.setCurveServer(serverKeys)
    try socket.bind("tcp://127.0.0.1:*")
    return socket
  }

  private func server(_ kind: Socket.Kind, monitored: Bool) throws -> (socket: Socket, monitor: SocketMonitor) {
    let socket = try open(context, kind)
    try socket.setCurveServer(serverKeys)
    let monitor = try SocketMonitor(socket, context: context)
    try socket.bind("tcp://127.0.0.1:*")
    return (socket, monitor)
  }

  private func client(_ keys: CurveKeypair, to server: Socket) throws -> Socket {
    let client = try open(context, .dealer)
    try client.setCurveClient(serverKey: serverKeys.publicKey, keypair: keys)
    try client.connect(server.get(.lastEndpoint))
    return client
  }

  private func monitoredClient(_ keys: CurveKeypair, to server: Socket) throws -> (Socket, SocketMonitor) {
    let client = try open(context, .dealer)
    try client.setCurveClient(serverKey: serverKeys.publicKey, keypair: keys)
    let monitor = try SocketMonitor(client, context: context)
    try client.connect(server.get(.lastEndpoint))
    return (client, monitor)
  }

  /// Whether an event comes, and everything up to it.
  private func happens(
    _ event: SocketMonitor.Event, in monitor: SocketMonitor, seen: inout [SocketMonitor.Event]
  ) throws -> Bool {
    var failure: (any Error)?
    let came = eventually {
      do {
        while let next = try monitor.next() {
          seen.append(next)
          if next == event { return true }
        }
      } catch { failure = error }
      return failure != nil
    }
    if let failure { throw failure }
    return came
  }
}
