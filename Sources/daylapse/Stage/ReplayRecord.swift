import Checkpoints
import OutputFiles
import Records
import Replay

/// What the producer remembers of a replay: one that was interrupted goes on as the same run, where it was, and one that
/// has ended is replayed anew, as another run.
final class ReplayRecord {
  /// The run that this replay is, or goes on with.
  let run: String
  /// How much of each topic was published before.
  let published: [Int]
  /// Simulated time at which it was interrupted.
  let clock: EventTime?
  /// How often it had gone somewhere else.
  let epoch: Int
  /// What people had made of its speed, and whether they had paused it.
  let control: (speed: ReplaySpeed, isPaused: Bool)?
  /// The members that are done.
  private(set) var doneMembers: [String]
  private let file: CheckpointFile
  private let sources: JSONValue
  /// The replays before this one, the latest first: what lies downstream may be of one of them.
  private let earlier: [JSONValue]

  /// So many of them are remembered.
  private static let earlierLimit = 8
  private var last: Checkpoint

  /// - Parameters:
  ///   - sources: The topics that are replayed, the runs that made their files, and which of their messages.
  ///   - startsFresh: Begins anew, whatever was interrupted.
  ///   - trusts: Whether the members that were done need not be waited for.
  ///   - resumesFinished: Goes on with a replay that has ended as well: its consumers may not have.
  init(
    file: CheckpointFile, sources: [(topic: String, run: String, offsets: Range<Int>)], startsFresh: Bool = false,
    resumesFinished: Bool, trusts: (Checkpoint) -> Bool, onNotice: (String) -> Void
  ) throws {
    self.file = file
    self.sources = .object(
      sources.map {
        .init(
          $0.topic, ["run": .string($0.run), "first": .int($0.offsets.lowerBound), "end": .int($0.offsets.upperBound)])
      })
    let found = try file.load()
    for notice in found.notices { onNotice(notice) }
    let (names, ends) = (self.sources, sources.map(\.offsets.upperBound))
    // only the last word counts: the one before it may be of a replay that has ended since
    let known = found.checkpoints.first.flatMap { checkpoint in
      !startsFresh && checkpoint.state["sources"] == names && (!checkpoint.hasLeft || resumesFinished)
        && checkpoint.outputs.count == ends.count && zip(checkpoint.outputs, ends).allSatisfy { $0 <= $1 }
        ? checkpoint : nil
    }
    run = known?.run ?? RunID.random()
    let before = found.checkpoints.first.flatMap { checkpoint in
      checkpoint.state["sources"].map {
        JSONValue.object([.init("run", .string(checkpoint.run)), .init("sources", $0)])
      }
    }
    let run = run
    earlier = Array(
      ((before.map { [$0] } ?? []) + (found.checkpoints.first?.state["earlier"]?.arrayValue ?? []))
        .filter { $0["run"] != .string(run) }.prefix(ReplayRecord.earlierLimit))
    published = known?.outputs ?? sources.map(\.offsets.lowerBound)
    clock = known?.state["clock"]?.stringValue.flatMap { EventTime($0) }
    epoch = known?.state["epoch"]?.countValue ?? 0
    // a replay that has ended is gone on with for consumers that begin anew, unless it is the same supervisor's
    doneMembers = known.map { trusts($0) ? $0.doneMembers : [] } ?? []
    last = Checkpoint(run: run, outputs: published, doneMembers: doneMembers)
    control = (known?.state["speed"]?.stringValue).flatMap { try? ReplaySpeed($0) }.map {
      ($0, known?.state["paused"] == .bool(true))
    }
    try save(published: published, clock: clock, epoch: epoch, control: control)
  }

  /// Remembers how far the replay has come.
  func save(
    published: [Int], clock: EventTime?, epoch: Int, control: (speed: ReplaySpeed, isPaused: Bool)?
  ) throws {
    last.outputs = published
    last.watermarks = published.map { _ in nil }
    last.state = .object(
      [.init("sources", sources)] + (earlier.isEmpty ? [] : [.init("earlier", .array(earlier))])
        + (clock.map { [.init("clock", .string($0.description))] } ?? [])
        + (epoch > 0 ? [.init("epoch", .int(epoch))] : [])
        + (control.map { [.init("speed", .string($0.speed.description)), .init("paused", .bool($0.isPaused))] } ?? []))
    try file.save(last)
  }

  func save(_ replayer: Replayer) throws {
    try save(
      published: replayer.published, clock: replayer.frontier, epoch: replayer.epoch,
      control: (replayer.speed, replayer.isPaused))
  }

  func note(done member: String) throws {
    doneMembers.append(member)
    last.doneMembers = doneMembers
    try file.save(last)
  }

  /// Notes that the replay is over: the next one is another run.
  func finish() throws {
    last.isComplete = true
    last.hasLeft = true
    try file.save(last)
  }
}

enum RunID {
  /// A name for a run that no other run has: 64 random bits.
  static func random() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
