import ArgumentParser
import Checkpoints

extension Durability: ExpressibleByArgument {}

/// How a stage gets over its own death, and the machine's.
struct RecoveryArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "When files are synced to the disk: none (a stage may be killed at any time; when the machine dies, work is done "
        + "again) or checkpoint.", valueName: "choice"))
  var durability = Durability.none
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How much input is processed between checkpoints: what a killed stage does again at most.", valueName: "bytes"))
  var checkpointBytes = 8_388_608
  @Option(help: .private) var start = 1
  /// `run` goes on with an interrupted job and starts all stages: whoever was done comes again.
  @Flag(help: .private) var anew = false
  /// The stages that have left, where `run` starts this one again.
  @Option(help: .private) var left = ""

  func validate() throws {
    guard (1...1_073_741_824).contains(checkpointBytes) else {
      throw ValidationError("--checkpoint-bytes is \(checkpointBytes), but must be from 1 to 1073741824, a gigabyte")
    }
  }

  /// Whether `run` has started this stage before, for the same job.
  var isStartedAgain: Bool { start > 1 }

  /// Whether a publisher need not wait for the members that it knew to be done.
  func trusts(_ checkpoint: Checkpoint) -> Bool { isStartedAgain || (!anew && !checkpoint.hasLeft) }

  /// How long a stage that was complete when it was killed waits for a word of another, in nanoseconds.
  ///
  /// Whoever has left says nothing more; whoever is still there, or comes back, must hear that this stage is done.
  func patienceNanoseconds(for stage: String) -> Int {
    left.split(separator: ",").contains(Substring(stage)) ? 0 : 30_000_000_000
  }

  /// The same as arguments for a stage.
  var commandLine: [String] {
    ["--durability", durability.rawValue, "--checkpoint-bytes", String(checkpointBytes)]
  }
}
