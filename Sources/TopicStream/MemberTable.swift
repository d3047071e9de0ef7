/// What a publisher knows of its members: how far each has come with each topic, and when it was last heard of.
///
/// Pure bookkeeping; times are nanoseconds of any clock that only goes forward.
///
/// Only those who were asked for hold anything up: the awaited members, and the guests of `--wait-for` where they
/// acknowledge. What others say of themselves is kept to be shown.
struct MemberTable {
  struct Member {
    /// A text that only the member knows, so that nobody else speaks in its name; `nil` where it has none.
    var generation: String?
    /// Who said it last: the frames in front of its request.
    var envelope: [[UInt8]] = []
    /// The topics it reads; `nil` where it did not say.
    var reads: Set<String>?
    /// The offset that each topic was acknowledged up to.
    var next: [String: Int] = [:]
    var done: Set<String> = []
    var lastHeard: Int
    /// When it said what is known of each topic, by its own time of day, in microseconds.
    var lastSaid: [String: Int] = [:]
    var isSilent = false

    /// Whether it is done with every topic that it reads.
    var isDone: Bool {
      guard let reads else { return !next.isEmpty && next.keys.allSatisfy { done.contains($0) } }
      return reads.isSubset(of: done)
    }
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
  /// Names that need not come, but are waited for once they are there.
  let served: [String]
  private let expected: Set<String>
  private let silenceNanoseconds: Int
  private(set) var members: [String: Member] = [:]
  /// Consumers that gave their name without becoming members.
  private(set) var present: Set<String> = []
  private var signedOff: Set<String> = []
  /// Whether some were done before this table was made, and may not know that this is known.
  private(set) var wereSignedOff = false

  init(awaited: [String], waitFor: [String] = [], served: [String] = [], silenceNanoseconds: Int) {
    self.awaited = awaited
    self.waitFor = waitFor
    self.served = served
    expected = Set(awaited + waitFor + served)
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
      + members.filter { name, member in
        expected.contains(name) && !member.isDone && (!member.isSilent || awaited.contains(name))
      }.map(\.key).sorted()
  }

  /// Whether somebody asked for whoever has this name.
  func isExpected(_ name: String) -> Bool { expected.contains(name) }

  /// Makes a place for a name that nobody asked for, among at most so many: whoever was silent for longest goes.
  ///
  /// - Returns: Whether there is a place now.
  mutating func makePlace(for name: String, limit: Int) -> Bool {
    guard !expected.contains(name), members[name] == nil else { return true }
    let strangers = members.filter { !expected.contains($0.key) }
    guard strangers.count >= limit else { return true }
    let silent = strangers.filter(\.value.isSilent).min {
      ($0.value.lastHeard, $0.key) < ($1.value.lastHeard, $1.key)
    }
    guard let silent else { return false }
    members[silent.key] = nil
    return true
  }

  /// Waits for these no more, until they say something.
  mutating func signOff(_ names: [String]) {
    signedOff.formUnion(names)
    wereSignedOff = wereSignedOff || !names.isEmpty
  }

  /// - Parameter limit: So many names that nobody asked for are kept at most; another one is not noted.
  mutating func announce(_ name: String, limit: Int = .max) -> [Change] {
    signedOff.remove(name)
    guard expected.contains(name) || present.count < limit else { return [] }
    return present.insert(name).inserted ? [.present(name)] : []
  }

  /// What is this much older than the last word of a member, in microseconds, was not overtaken: its clock was set back.
  private static let overtakenMicroseconds = 60_000_000

  /// - Parameter at: When the member said so, by its time of day in microseconds, where it tells. A member that was
  ///   started again has another connection, and what its former life said may arrive later than what it says.
  mutating func acknowledge(
    _ name: String, topic: String, next: Int, done: Bool, at: Int? = nil, generation: String? = nil,
    reads: [String]? = nil, envelope: [[UInt8]] = [], now: Int
  ) -> [Change] {
    if let at, let last = members[name]?.lastSaid[topic], at < last {
      let (age, isBeyond) = last.subtractingReportingOverflow(at)
      if !isBeyond, age < MemberTable.overtakenMicroseconds { return [] }
    }
    signedOff.remove(name)
    var changes: [Change] = []
    if members[name] == nil {
      members[name] = Member(lastHeard: now)
      changes.append(.joined(name))
    }
    if members[name]!.isSilent, expected.contains(name) { changes.append(.returned(name)) }
    members[name]!.isSilent = false
    members[name]!.lastHeard = now
    if let generation { members[name]!.generation = generation }
    if let reads { members[name]!.reads = Set(reads) }
    members[name]!.envelope = envelope
    members[name]!.next[topic] = next
    if let at { members[name]!.lastSaid[topic] = at }
    if done { members[name]!.done.insert(topic) } else { members[name]!.done.remove(topic) }
    return changes
  }

  /// Forgets what a member said, for one that takes its place.
  mutating func forget(_ name: String) { members[name] = nil }

  mutating func leave(_ name: String) -> [Change] {
    // who never was here cannot leave: it is waited for until it says something
    guard members[name] != nil || present.contains(name) else { return [] }
    let wasPresent = present.remove(name) != nil
    let wasMember = members.removeValue(forKey: name) != nil
    if expected.contains(name) { signedOff.insert(name) }
    return wasPresent || wasMember ? [.left(name)] : []
  }

  /// Marks members that have not been heard of for too long.
  mutating func notice(now: Int) -> [Change] {
    var changes: [Change] = []
    // looked at in every turn: there is hardly ever something to tell
    guard members.values.contains(where: { !$0.isSilent && !$0.isDone && now - $0.lastHeard > silenceNanoseconds })
    else { return [] }
    let silent = members.filter { !$1.isSilent && !$1.isDone && now - $1.lastHeard > silenceNanoseconds }
    for name in silent.keys.sorted() {
      members[name]!.isSilent = true
      if expected.contains(name) { changes.append(.silent(name)) }
    }
    return changes
  }

  /// The member that is furthest behind in a topic, among those that hold it up.
  func slowest(in topic: String) -> (name: String, next: Int)? {
    var slowest: (name: String, next: Int)?
    for name in expected {
      guard let member = members[name], !member.isSilent, !member.done.contains(topic), let next = member.next[topic]
      else { continue }
      if slowest.map({ (next, name) < ($0.next, $0.name) }) ?? true { slowest = (name, next) }
    }
    return slowest
  }
}
