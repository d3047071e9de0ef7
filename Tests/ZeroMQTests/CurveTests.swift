import Testing
import ZeroMQ

@Suite(.enabled(if: hasCapability("curve"))) struct CurveTests {
  let context: Context
  let serverKeys: CurveKeypair
  let clientKeys: CurveKeypair

  init() throws {
    context = try Context()
    serverKeys = try curveKeypair()
    clientKeys = try curveKeypair()
  }

  @Test func carriesMessagesBetweenThoseWhoKnowTheKey() throws {
    let server = try open(context, .rep)
    try server.setCurveServer(serverKeys)
    let client = try open(context, .req)
    try client.setCurveClient(serverKey: serverKeys.publicKey, keypair: clientKeys)
    try client.connect(try server.bind("tcp://127.0.0.1:*"))
    try client.send("secret")
    #expect(try server.receive()?.array == Array("secret".utf8))
    try server.send("answer")
    #expect(try client.receive()?.array == Array("answer".utf8))
  }

  @Test func refusesAClientWithTheWrongServerKey() throws {
    let wrong = try curveKeypair()
    #expect(try !reaches { try $0.setCurveClient(serverKey: wrong.publicKey, keypair: clientKeys) })
    #expect(try reaches { try $0.setCurveClient(serverKey: serverKeys.publicKey, keypair: clientKeys) })
  }

  @Test func refusesAClientWithoutKeys() throws {
    #expect(try !reaches { _ in })
  }

  @Test func derivesAPublicKey() throws {
    #expect(try CurveKeypair(secretKey: serverKeys.secretKey) == serverKeys)
    let error = #expect(throws: ZeroMQError.self) { try CurveKeypair(secretKey: "short") }
    #expect(error?.isInvalidArgument == true)
  }

  @Test func makesKeysOf40Characters() {
    #expect(serverKeys.publicKey.utf8.count == 40)
    #expect(serverKeys.secretKey.utf8.count == 40)
    #expect(serverKeys != clientKeys)
    #expect(!serverKeys.description.contains(serverKeys.secretKey))
  }

  @Test func keepsKeys() throws {
    let socket = try Socket(context, .dealer)
    try socket.setCurveClient(serverKey: serverKeys.publicKey, keypair: clientKeys)
    #expect(try socket.get(.curvePublicKey) == clientKeys.publicKey)
    #expect(try socket.get(.curveSecretKey) == clientKeys.secretKey)
    #expect(try socket.get(.curveServerKey) == serverKeys.publicKey)
    #expect(try !socket.get(.curveServer))
  }

  @Test(arguments: [32, 39, 41])
  func refusesAKeyOfAnotherLengthWithoutShowingIt(count: Int) throws {
    let key = String(repeating: "a", count: count)
    let error = #expect(throws: ZeroMQError.self) { try Socket(context, .dealer).set(.curveSecretKey, to: key) }
    #expect(error?.operation == "set curveSecretKey from \(count) characters (expected 40)")
  }

  /// Whether a message of a client gets to the server within a moment.
  private func reaches(_ prepare: (Socket) throws -> Void) throws -> Bool {
    let server = try open(context, .pull)
    try server.setCurveServer(serverKeys)
    try server.set(.receiveTimeoutMilliseconds, to: 300)
    let client = try open(context, .push)
    try prepare(client)
    try client.connect(try server.bind("tcp://127.0.0.1:*"))
    try client.set(.sendTimeoutMilliseconds, to: 300)
    do throws(ZeroMQError) {
      try client.send("hello")
    } catch {
      guard error.isAgain else { throw error }
      return false
    }
    return try server.receive() != nil
  }
}
