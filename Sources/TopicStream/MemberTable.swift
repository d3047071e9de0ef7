/// What a publisher knows of its members: how far each has come with each topic, and when it was last heard of.
///
/// Pure bookkeeping; times are nanoseconds of any clock that only goes forward.
struct MemberTable {
  struct Member {
    /// The offset that each topic was acknowledged up to.
    var next: [String: Int] = [:]
    var done: Set<String> = []
    var lastHeard: Int
    /// When it said what is known of each topic, by its own time of day, in microseconds.
    var lastSaid: [String: Int] = [:]
    var isSilent = false

    var isDone: Bool { !next.isEmpty && next.keys.allSatisfy { done.contains($0) } }
  }

  /// What a call changed that people should hear of.
  enum Change: Equatable {
    case joined(String)
    case present(String)
    case left(String)
    case silent(String)
    case returned(String)
  }

  /// The names that must join before anything is published, and be done before the publisher leaves.
  let awaited: [String]
  /// The names that must have been heard of before anything is published.
  let waitFor: [String]
  private let silenceNanoseconds: Int
  private(set) var members: [String: Member] = [:]
  /// Consumers that gave their name without becoming members.
  private(set) var present: Set<String> = []
  private var signedOff: Set<String> = []
  /// Whether some were done before this table was made, and may not know that this is known.
  private(set) var wereSignedOff = false

  init(awaited: [String], waitFor: [String] = [], silenceNanoseconds: Int) {
    self.awaited = awaited
    self.waitFor = waitFor
    self.silenceNanoseconds = silenceNanoseconds
  }

  /// The names without which nothing is published yet.
  var missing: [String] {
    missingMembers + waitFor.filter { members[$0] == nil && !present.contains($0) && !signedOff.contains($0) }
  }

  private var missingMembers: [String] {
    awaited.filter { members[$0] == nil && !signedOff.contains($0) }
  }

  /// The members whose progress still holds up the end.
  var unfinished: [String] {
    missingMembers
      + members.filter { name, member in !member.isDone && (!member.isSilent || awaited.contains(name)) }
      .map(\.key).sorted()
  }

  /// Whether there is a place for this name whatever others say.
  func isExpected(_ name: String) -> Bool {
    members[name] != nil || awaited.contains(name) || waitFor.contains(name)
  }

  /// Waits for these no more, until they say something.
  mutating func signOff(_ names: [String]) {
    signedOff.formUnion(names)
    wereSignedOff = wereSignedOff || !names.isEmpty
  }

  mutating func announce(_ name: String) -> [Change] {
    signedOff.remove(name)
    return present.insert(name).inserted ? [.present(name)] : []
  }

  /// What is this much older than the last word of a member, in microseconds, was not overtaken: its clock was set back.
  private static let overtakenMicroseconds = 60_000_000

  /// - Parameter at: When the member said so, by its time of day in microseconds, where it tells. A member that was
  ///   started again has another connection, and what its former life said may arrive later than what it says.
  mutating func acknowledge(
    _ name: String, topic: String, next: Int, done: Bool, at: Int? = nil, now: Int
  ) -> [Change] {
    if let at, let last = members[name]?.lastSaid[topic], at < last, last - at < MemberTable.overtakenMicroseconds {
      return []
    }
    signedOff.remove(name)
    var changes: [Change] = []
    if members[name] == nil {
      members[name] = Member(lastHeard: now)
      changes.append(.joined(name))
    }
    if members[name]!.isSilent { changes.append(.returned(name)) }
    members[name]!.isSilent = false
    members[name]!.lastHeard = now
    members[name]!.next[topic] = next
    if let at { members[name]!.lastSaid[topic] = at }
    if done { members[name]!.done.insert(topic) } else { members[name]!.done.remove(topic) }
    return changes
  }

  mutating func leave(_ name: String) -> [Change] {
    // who never was here cannot leave: it is waited for until it says something
    guard members[name] != nil || present.contains(name) else { return [] }
    let wasPresent = present.remove(name) != nil
    let wasMember = members.removeValue(forKey: name) != nil
    signedOff.insert(name)
    return wasPresent || wasMember ? [.left(name)] : []
  }

  /// Marks members that have not been heard of for too long.
  mutating func notice(now: Int) -> [Change] {
    var changes: [Change] = []
    for (name, member) in members.sorted(by: { $0.key < $1.key })
    where !member.isSilent && !member.isDone && now - member.lastHeard > silenceNanoseconds {
      members[name]!.isSilent = true
      changes.append(.silent(name))
    }
    return changes
  }

  /// The member that is furthest behind in a topic, among those that hold it up.
  func slowest(in topic: String) -> (name: String, next: Int)? {
    var slowest: (name: String, next: Int)?
    for (name, member) in members where !member.isSilent && !member.done.contains(topic) {
      guard let next = member.next[topic] else { continue }
      if slowest.map({ (next, name) < ($0.next, $0.name) }) ?? true { slowest = (name, next) }
    }
    return slowest
  }
}
