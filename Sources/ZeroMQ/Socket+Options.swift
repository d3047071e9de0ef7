import CZeroMQ

extension Socket {
  /// Sets an option with a number.
  ///
  /// - Parameters:
  ///   - option: Which.
  ///   - value: In the unit its name ends with.
  /// - Throws: `isInvalidArgument` with option and value when it is out of range or does not go with this kind.
  public func set(_ option: SocketOption<Int>, to value: Int) throws(ZeroMQError) {
    if option.code == ZMQ_MAXMSGSIZE {
      var number = Int64(value)
      try setRaw(option.code, &number, MemoryLayout<Int64>.size) { "set \(option.name) to \(value)" }
      return
    }
    guard var number = Int32(exactly: value) else {
      throw ZeroMQError(code: ErrorCode.invalidArgument, operation: "set \(option.name) to \(value)")
    }
    try setRaw(option.code, &number, MemoryLayout<Int32>.size) { "set \(option.name) to \(value)" }
  }

  /// Switches an option on or off.
  ///
  /// - Parameters:
  ///   - option: Which.
  ///   - value: On or off.
  /// - Throws: `isInvalidArgument` when it does not go with this kind of socket.
  public func set(_ option: SocketOption<Bool>, to value: Bool) throws(ZeroMQError) {
    var number: Int32 = value ? 1 : 0
    try setRaw(option.code, &number, MemoryLayout<Int32>.size) { "set \(option.name) to \(value)" }
  }

  /// Sets an option with a text.
  ///
  /// - Parameters:
  ///   - option: Which.
  ///   - value: Its UTF-8 is what counts.
  /// - Throws: `isInvalidArgument` when it is not in the option's format. The error does not show the value, which
  ///   may be a secret.
  public func set(_ option: SocketOption<String>, to value: String) throws(ZeroMQError) {
    let bytes = [UInt8](value.utf8)
    // libzmq takes 32 bytes for a key in binary; a text of that length is a key cut short.
    let isKey = option.code != ZMQ_ZAP_DOMAIN
    if isKey, bytes.count != CurveKeypair.characterCount {
      throw ZeroMQError(
        code: ErrorCode.invalidArgument,
        operation: "set \(option.name) from \(bytes.count) characters (expected 40)")
    }
    try setRaw(option.code, bytes, bytes.count) { "set \(option.name)" }
  }

  /// Sets an option with bytes.
  ///
  /// - Parameters:
  ///   - option: Which.
  ///   - value: The bytes.
  /// - Throws: `isInvalidArgument` when it is too short or too long.
  public func set(_ option: SocketOption<[UInt8]>, to value: [UInt8]) throws(ZeroMQError) {
    try setRaw(option.code, value, value.count) { "set \(option.name) to \(value.count) bytes" }
  }

  /// Reads an option with a number.
  ///
  /// - Parameter option: Which.
  /// - Returns: In the unit its name ends with.
  public func get(_ option: SocketOption<Int>) throws(ZeroMQError) -> Int {
    guard option.code == ZMQ_MAXMSGSIZE else { return Int(try getNumber(option.code, option.name)) }
    var value: Int64 = 0
    var length = MemoryLayout<Int64>.size
    try getRaw(option.code, &value, &length, option.name)
    return Int(value)
  }

  /// Reads an option that is on or off.
  ///
  /// - Parameter option: Which.
  public func get(_ option: SocketOption<Bool>) throws(ZeroMQError) -> Bool {
    try getNumber(option.code, option.name) != 0
  }

  /// Reads an option with a text.
  ///
  /// - Parameter option: Which.
  public func get(_ option: SocketOption<String>) throws(ZeroMQError) -> String {
    let isKey = option.code != ZMQ_ZAP_DOMAIN && option.code != ZMQ_LAST_ENDPOINT
    let capacity = isKey ? CurveKeypair.characterCount + 1 : Self.textCapacityBytes
    let bytes = try getBytes(option.code, option.name, capacityBytes: capacity)
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Reads an option with bytes.
  ///
  /// - Parameter option: Which.
  public func get(_ option: SocketOption<[UInt8]>) throws(ZeroMQError) -> [UInt8] {
    try getBytes(option.code, option.name, capacityBytes: Self.textCapacityBytes)
  }

  /// Pings peers, so that a connection that died silently is noticed on both sides (ZeroMQ RFC 37).
  ///
  /// - Parameters:
  ///   - intervalMilliseconds: How often; 0 for never.
  ///   - timeoutMilliseconds: How long a peer may stay silent after a ping before it is disconnected.
  public func setHeartbeat(intervalMilliseconds: Int, timeoutMilliseconds: Int) throws(ZeroMQError) {
    try set(.heartbeatIntervalMilliseconds, to: intervalMilliseconds)
    try set(.heartbeatTimeoutMilliseconds, to: timeoutMilliseconds)
    try set(.heartbeatTimeToLiveMilliseconds, to: timeoutMilliseconds)
  }

  /// Lets TCP probe silent connections.
  ///
  /// - Parameters:
  ///   - idleSeconds: How long a connection is silent before the first probe.
  ///   - intervalSeconds: The time between probes.
  ///   - probeCount: How many without an answer end the connection.
  public func setTCPKeepAlive(idleSeconds: Int, intervalSeconds: Int, probeCount: Int) throws(ZeroMQError) {
    try set(.tcpKeepAlive, to: 1)
    try set(.tcpKeepAliveIdleSeconds, to: idleSeconds)
    try set(.tcpKeepAliveIntervalSeconds, to: intervalSeconds)
    try set(.tcpKeepAliveProbeCount, to: probeCount)
  }

  /// Lets a REQ send again without waiting for a reply that may never come, and drops a reply that comes too late.
  public func setRelaxedRequests() throws(ZeroMQError) {
    try set(.reqCorrelate, to: true)
    try set(.reqRelaxed, to: true)
  }

  /// Encrypts, as the side whose public key the peers know. Peers without it cannot connect.
  ///
  /// Any peer that knows the public key is let in; choosing among them takes an authenticator (see `zapDomain`).
  ///
  /// - Parameter keypair: This side's keys.
  public func setCurveServer(_ keypair: CurveKeypair) throws(ZeroMQError) {
    try set(.curveServer, to: true)
    try set(.curveSecretKey, to: keypair.secretKey)
  }

  /// Encrypts, as the side that knows its peer's public key.
  ///
  /// - Parameters:
  ///   - serverKey: The peer's public key.
  ///   - keypair: This side's keys.
  public func setCurveClient(serverKey: String, keypair: CurveKeypair) throws(ZeroMQError) {
    try set(.curveServerKey, to: serverKey)
    try set(.curvePublicKey, to: keypair.publicKey)
    try set(.curveSecretKey, to: keypair.secretKey)
  }

  /// SUB: also receives messages whose first frame begins with a prefix.
  ///
  /// - Parameter prefix: Its UTF-8 is compared; empty for everything.
  public func subscribe(_ prefix: String) throws(ZeroMQError) {
    try subscribe([UInt8](prefix.utf8))
  }

  /// SUB: also receives messages whose first frame begins with some bytes.
  ///
  /// - Parameter prefix: The bytes; none for everything.
  public func subscribe(_ prefix: [UInt8]) throws(ZeroMQError) {
    try setRaw(ZMQ_SUBSCRIBE, prefix, prefix.count) { "subscribe" }
  }

  /// SUB: takes back one subscription.
  ///
  /// - Parameter prefix: As given to `subscribe`.
  public func unsubscribe(_ prefix: String) throws(ZeroMQError) {
    try unsubscribe([UInt8](prefix.utf8))
  }

  /// SUB: takes back one subscription.
  ///
  /// - Parameter prefix: As given to `subscribe`.
  public func unsubscribe(_ prefix: [UInt8]) throws(ZeroMQError) {
    try setRaw(ZMQ_UNSUBSCRIBE, prefix, prefix.count) { "unsubscribe" }
  }

  /// What the socket is ready for now (ZMQ_EVENTS).
  public var events: Readiness {
    get throws(ZeroMQError) { Readiness(rawValue: Int16(truncatingIfNeeded: try getNumber(ZMQ_EVENTS, "events"))) }
  }

  /// A file descriptor for an event loop of one's own (ZMQ_FD). It belongs to the socket.
  ///
  /// It becomes readable when `events` may have changed, and only then: read `events` after every wake-up *and*
  /// after every send and receive, until nothing is left to do. A `Poller` has no such trap.
  public var fileDescriptor: Int32 {
    get throws(ZeroMQError) { try getNumber(ZMQ_FD, "fileDescriptor") }
  }

  /// More than any endpoint, identity or domain needs.
  private static let textCapacityBytes = 1024

  private func setRaw(
    _ code: Int32, _ value: UnsafeRawPointer, _ lengthBytes: Int, _ operation: () -> String
  ) throws(ZeroMQError) {
    guard retryingInterrupts({ zmq_setsockopt(handle, code, value, lengthBytes) }) == 0 else {
      throw ZeroMQError.last(operation())
    }
  }

  private func getNumber(_ code: Int32, _ name: String) throws(ZeroMQError) -> Int32 {
    var value: Int32 = 0
    var length = MemoryLayout<Int32>.size
    try getRaw(code, &value, &length, name)
    return value
  }

  private func getBytes(_ code: Int32, _ name: String, capacityBytes: Int) throws(ZeroMQError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: capacityBytes)
    var length = capacityBytes
    try getRaw(code, &bytes, &length, name)
    return [UInt8](bytes.prefix(length))
  }

  private func getRaw(
    _ code: Int32, _ value: UnsafeMutableRawPointer, _ lengthBytes: inout Int, _ name: String
  ) throws(ZeroMQError) {
    guard retryingInterrupts({ zmq_getsockopt(handle, code, value, &lengthBytes) }) == 0 else {
      throw ZeroMQError.last("get \(name)")
    }
  }
}
