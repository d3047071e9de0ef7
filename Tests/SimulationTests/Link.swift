import Records
import TestSupport
import TopicStream
import ZeroMQ

/// The network between one consumer and its publisher: messages come late, twice, in another order, or not at all.
///
/// To either side it is the other one; between, every message waits for its moment.
final class Link {
  /// How bad the network is.
  struct Weather {
    var dropOneIn: Int?
    var repeatOneIn: Int?
    var longestDelay = 0
  }

  let consumer: String
  let publisher: String
  let upstream: (data: String, service: String)
  private let context: Context
  private let toConsumer: Socket
  private let toClients: Socket
  private var fromPublisher: Socket?
  private var toService: [[UInt8]: Socket] = [:]
  private var serviceEndpoint: String?
  private var subscriptions: [[UInt8]] = []
  private var waiting: [(due: Int, number: Int, deliver: () throws -> Void)] = []
  private var number = 0

  init(context: Context, consumer: String, publisher: String, name: String) throws {
    self.context = context
    self.consumer = consumer
    self.publisher = publisher
    upstream = ("inproc://\(name)-data", "inproc://\(name)-service")
    toConsumer = try Socket(context, .xpub)
    try toConsumer.set(.sendHighWaterMark, to: 0)
    try toConsumer.set(.xpubVerboser, to: true)
    try toConsumer.bind(upstream.data)
    toClients = try Socket(context, .router)
    try toClients.set(.sendHighWaterMark, to: 0)
    try toClients.bind(upstream.service)
  }

  /// Connects to a new life of the publisher; what was under way from the old one may still arrive.
  func connect(data: String, service: String) throws {
    disconnect()
    let socket = try Socket(context, .xsub)
    try socket.set(.receiveHighWaterMark, to: 0)
    try socket.connect(data)
    for subscription in subscriptions { try socket.send([1] + subscription) }
    fromPublisher = socket
    serviceEndpoint = service
  }

  func disconnect() {
    fromPublisher?.close()
    fromPublisher = nil
    for socket in toService.values { socket.close() }
    toService = [:]
    serviceEndpoint = nil
  }

  func close() {
    disconnect()
    toConsumer.close()
    toClients.close()
  }

  /// Takes what has been sent, and delivers what is due.
  func turn(now: Int, weather: Weather, random: inout SeededRandom) throws {
    while let frame = try toConsumer.receive(blocking: false) {
      guard case .subscribed(let prefix) = SubscriptionChange(frame.bytes) else { continue }
      subscriptions.append(Array(prefix))
      try fromPublisher?.send([1] + Array(prefix))
    }
    while let message = try fromPublisher?.receiveMultipart(blocking: false) {
      carry(now, weather, &random) { [toConsumer] in try toConsumer.sendMultipart(message) }
    }
    while let request = try toClients.receiveMultipart(blocking: false) {
      carry(now, weather, &random) { [unowned self] in try ask(request) }
    }
    for (client, socket) in toService {
      while let answer = try socket.receiveMultipart(blocking: false) {
        carry(now, weather, &random) { [toClients] in _ = try? toClients.sendMultipart([client] + answer) }
      }
    }
    waiting.sort { ($0.due, $0.number) < ($1.due, $1.number) }
    while let first = waiting.first, first.due <= now {
      waiting.removeFirst()
      try first.deliver()
    }
  }

  private func carry(
    _ now: Int, _ weather: Weather, _ random: inout SeededRandom, _ deliver: @escaping () throws -> Void
  ) {
    if let oneIn = weather.dropOneIn, random.chance(oneIn) { return }
    let copies = weather.repeatOneIn.map { random.chance($0) ? 2 : 1 } ?? 1
    for _ in 0..<copies {
      number += 1
      let delay = weather.longestDelay == 0 ? 0 : Int.random(in: 0...weather.longestDelay, using: &random)
      waiting.append((now + delay, number, deliver))
    }
  }

  private func ask(_ request: [[UInt8]]) throws {
    // nobody is there: the request is lost
    guard let serviceEndpoint else { return }
    let client = request[0]
    let socket = try toService[client] ?? Socket(context, .dealer)
    if toService[client] == nil {
      try socket.connect(serviceEndpoint)
      toService[client] = socket
    }
    try socket.sendMultipart(Array(request.dropFirst()))
  }
}
