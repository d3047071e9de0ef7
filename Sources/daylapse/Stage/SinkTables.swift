import Checkpoints
import ExternalSort
import Records
import Sink

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The sink's step and its sorted runs on disk, which outlive the process.
final class SinkTables {
  let step: SinkStep
  /// How much of each input the runs held when this process began.
  let kept: [Int]
  private let events: FileRunStorage
  private let userDays: FileRunStorage
  private let early: FileRunStorage
  private let paths: [String]
  private var savedInputs: [Int]

  /// - Parameters:
  ///   - checkpoints: Those of the same run, the latest first; the first whose runs are whole is gone on from.
  ///   - onNotice: Hears what of them cannot be used.
  init(
    stateDirectory: String, keepsEngagement: Bool, checkpoints: [Checkpoint], onNotice: (String) -> Void
  ) throws {
    let paths = ["events", "user_days"].map { "\(stateDirectory)/sink.\($0).runs" }
    self.paths = paths
    early = FileRunStorage(path: "\(stateDirectory)/sink.early.spill")
    let early = early
    func make(_ checkpoint: Checkpoint?) throws -> (SinkStep, FileRunStorage, FileRunStorage) {
      func storage(_ index: Int, _ name: String) throws -> FileRunStorage {
        guard let json = checkpoint?.state["storage"]?[name] else { return try FileRunStorage(keeping: paths[index]) }
        guard let bytes = json["bytes"]?.intValue, let sum = json["crc32c"]?.intValue.flatMap({ UInt32(exactly: $0) })
        else { throw RecoveryError("the checkpoint has no sorted runs of \(name)") }
        return try FileRunStorage(keeping: paths[index], byteCount: bytes, checksum: sum)
      }
      let (events, userDays) = (try storage(0, "events"), try storage(1, "user_days"))
      var storages = [events, userDays, early]
      let step = SinkStep(options: .init(keepsEngagement: keepsEngagement)) { storages.removeFirst() }
      if let checkpoint { try step.recover(from: checkpoint.state["step"] ?? .null) }
      return (step, events, userDays)
    }
    for checkpoint in checkpoints where checkpoint.inputs.count == 3 {
      switch Result(catching: { try make(checkpoint) }) {
      case .success(let made):
        (step, events, userDays) = made
        kept = checkpoint.inputs
        savedInputs = kept
        onNotice("goes on from its checkpoint, after \(Figures.count(kept.reduce(0, +), "message"))")
        return
      case .failure(let error): onNotice("\(error): the checkpoint does not count")
      }
    }
    (step, events, userDays) = try make(nil)
    kept = [0, 0, 0]
    savedInputs = kept
  }

  /// Whether more lies in the runs than at the last checkpoint.
  var hasSpilledMore: Bool { step.keptInputs != savedInputs }

  func checkpoint(run: String, synced: Bool) throws -> Checkpoint {
    func json(_ storage: FileRunStorage) -> JSONValue {
      ["bytes": .int(storage.byteCount), "crc32c": .int(Int(storage.checksum))]
    }
    if synced {
      try events.sync()
      try userDays.sync()
    }
    savedInputs = step.keptInputs
    return Checkpoint(
      run: run, inputs: savedInputs,
      state: ["step": step.recoveryState, "storage": ["events": json(events), "user_days": json(userDays)]])
  }

  func close() {
    for storage in [events, userDays, early] { storage.close() }
  }

  /// Removes the runs from the disk, once they are in the tables.
  func remove() {
    close()
    for path in paths { unlink(path) }
  }
}
