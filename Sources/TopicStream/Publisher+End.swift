import ZeroMQ

/// How long a publisher stays.
extension Publisher {
  /// Guests that nobody asked for, and that go on fetching, keep a publisher for so long at most, in nanoseconds.
  static let catchUpNanoseconds = 60_000_000_000

  /// A guest that was to be waited for, and gives no sign of life for so long, is left behind, in nanoseconds.
  static let servingNanoseconds = 60_000_000_000

  /// The same of one that never said how far it is, nor fetched anything: it may just read what it has got, in nanoseconds.
  static let unheardNanoseconds = 30_000_000_000

  /// Where a subscriber was too slow for some messages, a publisher stays for guests for so long at least, in
  /// nanoseconds: before it fetches those, it reads what it has got.
  static let missingNanoseconds = 10_000_000_000

  /// Waits until every member is done, and every guest that is to be waited for has got everything; then for
  /// `lingerMilliseconds` more where guests are connected, counted anew, for a minute at most, whenever one of them
  /// fetches the next stretch of what it has missed.
  ///
  /// - Parameter waitsForMissing: Whether to stay longer where a guest has missed messages.
  public func finish(lingerMilliseconds: Int, waitsForMissing: Bool = false) throws {
    let start = options.clock.now()
    while !unfinished.isEmpty
      || (members.wereSignedOff && options.clock.now() - start < Publisher.confirmingNanoseconds)
    {
      try wait(milliseconds: 50)
      try onWait(self)
    }
    let ended = options.clock.now()
    while let guest = guestsToServe.first {
      let sign = max(ended, catchingUp.lastAt, members.members[guest.name]?.lastHeard ?? ended)
      let patience = guest.isHeard ? Publisher.servingNanoseconds : Publisher.unheardNanoseconds
      guard options.clock.now() - sign < patience else {
        for guest in guestsToServe { onEvent(.leftBehind(guest.name, words: guest.words)) }
        break
      }
      try waitForGuests()
    }
    guard hasGuests || guestsMayReturn else { return }
    try dataSocket.set(
      .lingerMilliseconds, to: min(max(lingerMilliseconds, Socket.defaultLingerMilliseconds), 1000))
    let lingerNanoseconds = lingerMilliseconds * 1_000_000
    let now = options.clock.now()
    let isMissed = waitsForMissing && hasDropped
    let deadline = max(now + lingerNanoseconds, isMissed ? ended + Publisher.missingNanoseconds : 0)
    let limit = now + Publisher.catchUpNanoseconds
    while options.clock.now() < max(deadline, min(limit, catchingUp.lastAt + lingerNanoseconds)),
      hasGuests || guestsMayReturn
    {
      try waitForGuests()
    }
  }

  private func waitForGuests() throws {
    try wait(milliseconds: 20)
    for index in topics.indices where options.clock.now() - topics[index].lastSent > 100_000_000 {
      try heartbeat(index)
    }
    try onWait(self)
  }

  /// The members whose progress still holds up the end: all that are awaited, and guests that acknowledge while they are
  /// connected and have not come to the end.
  var unfinished: [String] {
    members.unfinished.filter { name in
      guard !members.awaited.contains(name), let member = members.members[name] else { return true }
      return isThere(name)
        && topics.contains { topic in
          !topic.hasEnded || member.next[topic.name].map { next in next < topic.next } ?? false
        }
    }
  }

  /// The guests that are to be waited for, are there, and have not got everything as far as is known; and what is known.
  ///
  /// One that never said how far it is has got everything that it was sent, unless somebody was too slow for something,
  /// and what it fetched.
  var guestsToServe: [(name: String, words: String, isHeard: Bool)] {
    (options.waitFor + options.served).compactMap { name in
      guard isThere(name) else { return nil }
      let progress: [String: Int]
      if let member = members.members[name] {
        progress = member.next
      } else if let peer = servedPeers[name] {
        progress = catchingUp.progress(of: peer.identity)
        if progress.isEmpty { return hasDropped && isOpen(peer) ? (name, "may have missed messages", false) : nil }
      } else {
        return nil
      }
      for topic in topics {
        if let next = progress[topic.name], next < topic.next {
          return (name, "is \(topic.next - next) behind in \(topic.name)", true)
        }
      }
      return nil
    }
  }

  /// Whether a guest may still be there: somebody is subscribed, or the connection is open that it gave its name on.
  private func isThere(_ name: String) -> Bool {
    hasGuests || servedPeers[name].map { $0.serial != nil && isOpen($0) } ?? false
  }

  private func isOpen(_ peer: ServedPeer) -> Bool {
    guard let serial = peer.serial else { return true }
    return connectionGuard?.serial(of: peer.connection) == serial
  }
}

/// Who gave the name of a guest, and on which connection.
struct ServedPeer {
  var identity: [UInt8]
  var connection: Int32?
  /// `nil` where the connection is not known.
  var serial: Int?
}
