import Testing
import ZeroMQ

@Suite struct SocketOptionTests {
  let context: Context

  init() throws {
    context = try Context()
  }

  @Test func keepsNumbers() throws {
    let options: [SocketOption<Int>] = [
      .sendHighWaterMark, .receiveHighWaterMark, .lingerMilliseconds, .sendTimeoutMilliseconds,
      .receiveTimeoutMilliseconds, .sendBufferBytes, .receiveBufferBytes, .maxMessageBytes,
      .reconnectIntervalMilliseconds, .reconnectIntervalMaxMilliseconds, .connectTimeoutMilliseconds,
      .handshakeIntervalMilliseconds, .heartbeatIntervalMilliseconds, .heartbeatTimeoutMilliseconds,
      .heartbeatTimeToLiveMilliseconds, .tcpKeepAliveIdleSeconds, .tcpKeepAliveIntervalSeconds,
      .tcpKeepAliveProbeCount, .backlog,
    ]
    let socket = try Socket(context, .dealer)
    for (index, option) in options.enumerated() {
      let value = 1_000 + 100 * index
      try socket.set(option, to: value)
      #expect(try socket.get(option) == value, "\(option)")
    }
    try socket.set(.maxMessageBytes, to: 1 << 40)
    #expect(try socket.get(.maxMessageBytes) == 1 << 40)
  }

  @Test func lingersForAMomentUnlessTold() throws {
    #expect(try Socket(context, .push).get(.lingerMilliseconds) == Socket.defaultLingerMilliseconds)
    #expect(Socket.defaultLingerMilliseconds > 0)
  }

  @Test func keepsSwitches() throws {
    let options: [SocketOption<Bool>] = [.ipv6, .immediate, .conflate]
    let socket = try Socket(context, .dealer)
    for option in options {
      #expect(try !socket.get(option))
      try socket.set(option, to: true)
      #expect(try socket.get(option), "\(option)")
    }
  }

  @Test func setsWhatGoesTogether() throws {
    let socket = try Socket(context, .dealer)
    try socket.setHeartbeat(intervalMilliseconds: 500, timeoutMilliseconds: 2_000)
    #expect(try socket.get(.heartbeatIntervalMilliseconds) == 500)
    #expect(try socket.get(.heartbeatTimeoutMilliseconds) == 2_000)
    #expect(try socket.get(.heartbeatTimeToLiveMilliseconds) == 2_000)
    try socket.setTCPKeepAlive(idleSeconds: 60, intervalSeconds: 10, probeCount: 3)
    #expect(try socket.get(.tcpKeepAlive) == 1)
    #expect(try socket.get(.tcpKeepAliveProbeCount) == 3)
  }

  @Test func keepsIdentityAndDomain() throws {
    let socket = try Socket(context, .dealer)
    try socket.set(.identity, to: Array("member-1".utf8))
    #expect(try socket.get(.identity) == Array("member-1".utf8))
    try socket.set(.zapDomain, to: "daylapse")
    #expect(try socket.get(.zapDomain) == "daylapse")
  }

  @Test func namesOptionAndValueThatWereRefused() throws {
    let socket = try Socket(context, .dealer)
    let negative = #expect(throws: ZeroMQError.self) { try socket.set(.sendHighWaterMark, to: -5) }
    #expect(negative?.description == "set sendHighWaterMark to -5: Invalid argument")
    let huge = #expect(throws: ZeroMQError.self) { try socket.set(.backlog, to: 1 << 40) }
    #expect(huge?.operation == "set backlog to 1099511627776")
    #expect(throws: ZeroMQError.self) { try socket.set(.identity, to: [UInt8](repeating: 1, count: 256)) }
    #expect(throws: ZeroMQError.self) { try socket.set(.xpubNoDrop, to: true) }
    #expect(throws: ZeroMQError.self) { try Socket(context, .xpub).get(.xpubNoDrop) }
  }

  @Test func refusesALongMessage() throws {
    let (push, pull) = (try open(context, .push), try open(context, .pull))
    try pull.set(.maxMessageBytes, to: 10)
    try pull.set(.receiveTimeoutMilliseconds, to: 100)
    try push.connect(try pull.bind("tcp://127.0.0.1:*"))
    try push.send([UInt8](repeating: 1, count: 11))
    #expect(try pull.receive() == nil)
  }

  @Test func hasAFileDescriptor() throws {
    #expect(try Socket(context, .pull).fileDescriptor >= 0)
  }
}
