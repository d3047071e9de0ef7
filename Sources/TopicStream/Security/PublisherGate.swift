import ZeroMQ

/// Somebody whom a publisher did not let in.
public struct RefusedPeer: Sendable, Hashable, CustomStringConvertible {
  public enum Reason: Sendable, Hashable {
    /// It has a key, this one, which is not authorised.
    case unknownKey(String)
    /// It speaks without keys.
    case noKeys
    /// It believes the publisher to have another key.
    case otherServerKey
    /// It speaks no ZeroMQ, or badly.
    case protocolViolation
  }

  public var reason: Reason
  /// Without a port; nil where it is not known.
  public var address: String?

  public init(_ reason: Reason, address: String?) {
    self.reason = reason
    self.address = address
  }

  public var description: String {
    let place =
      switch address {
      case nil: "an unknown address"
      case "": "a process on this machine"
      case let address?: address.hasPrefix(":") ? "a process on this machine" : address
      }
    switch reason {
    case .unknownKey(let key): return "\(place): its key \(key) is not authorised"
    case .noKeys: return "\(place): it has no CURVE keys"
    case .otherServerKey: return "\(place): it takes another key for this publisher's"
    case .protocolViolation: return "\(place): it does not speak ZeroMQ's protocol"
    }
  }
}

/// Counts refusals, so that one who tries again and again is heard of once.
struct RefusalLog {
  /// Different peers that are told apart; more are counted only.
  static let peerLimit = 1000

  private(set) var counts: [RefusedPeer: Int] = [:]
  private var order: [RefusedPeer] = []
  private(set) var othersCount = 0

  /// - Returns: Whether this is the first time.
  mutating func note(_ peer: RefusedPeer) -> Bool {
    var peer = peer
    // one that was gone too fast to be asked for its address is taken for somebody who is known, if it can be
    if peer.address == nil, let known = order.first(where: { $0.reason == peer.reason }) { peer = known }
    if let count = counts[peer] {
      counts[peer] = count + 1
      return false
    }
    guard order.count < RefusalLog.peerLimit else {
      othersCount += 1
      return false
    }
    counts[peer] = 1
    order.append(peer)
    return true
  }

  /// Those who came more than once, in the order in which they first came.
  var repeated: [(peer: RefusedPeer, count: Int)] {
    order.compactMap { peer in counts[peer].flatMap { $0 > 1 ? (peer, $0) : nil } }
  }
}

/// Who comes in to a publisher's sockets: keys, the authenticator, and who was refused. On the publisher's thread.
final class PublisherGate {
  private let authenticator: CurveAuthenticator
  private var doors: [Door]
  private var log = RefusalLog()

  struct Door {
    /// Addresses of connections by their descriptors.
    var addresses: [Int32: String] = [:]
    /// Why the connection that is about to be closed failed.
    var failure: RefusedPeer.Reason?
  }

  /// Gives sockets their keys, before they bind.
  init(_ server: CurveServer, context: Context, sockets: [Socket]) throws(ZeroMQError) {
    do {
      authenticator = try CurveAuthenticator(
        context: context, users: server.authorizedKeys.adding(owner: server.keypair.publicKey).users)
    } catch {
      guard error.isAddressInUse else { throw error }
      throw ZeroMQError(code: error.code, operation: "have a second publisher with keys in one context")
    }
    doors = sockets.map { _ in Door() }
    for socket in sockets {
      try socket.setCurveServer(server.keypair)
      try socket.set(.zapDomain, to: "daylapse")
    }
  }

  /// Who was refused for the first time since the last call.
  func newRefusals(_ news: [(socket: Int, news: ConnectionGuard.News)]) -> [RefusedPeer] {
    var peers = authenticator.takeRefusals().map { RefusedPeer(.unknownKey($0.publicKey), address: $0.address) }
    for (socket, news) in news {
      if let peer = doors[socket].take(news) { peers.append(peer) }
    }
    return peers.filter { log.note($0) }
  }

  /// Words about those who were refused more than once.
  var totals: [String] {
    log.repeated.map { "refused \($0.count) times: \($0.peer)" }
      + (log.othersCount > 0 ? ["refused \(log.othersCount) times: others"] : [])
  }

  /// Ends it, once the sockets are closed.
  func close() { authenticator.stop() }
}

extension PublisherGate.Door {
  /// A connection's failure is followed by its end, which says which one it was: both come from one I/O thread.
  mutating func take(_ news: ConnectionGuard.News) -> RefusedPeer? {
    guard case .monitored(let event) = news else {
      if case .accepted(let descriptor, let address) = news { addresses[descriptor] = address }
      return nil
    }
    switch event {
    case .failed(let why):
      failure =
        switch why {
        case .mechanismMismatch: .noKeys
        case .cryptography: .otherServerKey
        case .protocolViolation: .protocolViolation
        case .refused: nil  // the authenticator knows with which key
        }
    case .disconnected(let descriptor):
      let address = addresses.removeValue(forKey: descriptor)
      if let reason = failure {
        failure = nil
        return RefusedPeer(reason, address: address)
      }
    case .accepted, .connected, .agreed, .brokenOff: break
    }
    return nil
  }
}
