import Aggregator
import CByteScan
import Cleaner
import ExternalSort
import Records
import Sink

@testable import Checkpoints

extension FuzzTarget {
  /// The first line of a checkpoint; the checksum behind it is right, so that what follows is looked at.
  static let checkpoint = FuzzTarget(
    "checkpoint",
    seeds: [
      #"{"format":1,"stage":"cleaner","boot":"b","synced":true,"run":"r","inputs":[3,5],"outputs":[2],"#
        + #""watermarks":["2025-01-02T03:04:05"],"complete":true,"left":false,"done":["sink"],"state":{"step":{}}}"#,
      #"{"format":1,"stage":"cleaner","boot":"b","synced":false,"run":"r","inputs":[],"outputs":[],"watermarks":[],"#
        + #""complete":false,"left":true,"done":[],"state":{"users_in":1,"users_rejected":{"duplicate":2},"#
        + #""events":{"rows":1,"row_bytes":2,"highest_key":"3","runs":[[0,5]]},"first_day":1,"last_day":2,"#
        + #""days":[[20000,0,7]],"first_open_day":20000,"rows":1,"late_events":0,"open_from":0}}"#,
    ],
    words: ["\"inputs\":", "\"outputs\":", "\"watermarks\":", "\"state\":", "\"runs\":", "\"days\":", "null", "-1"],
    rounds: 800
  ) { input in
    let file = CheckpointFile(path: "unused", stage: "cleaner", boot: "b")
    let sum = crc32c(0, input.baseAddress, input.count)
    let text = Array(input) + Array("\n{\"crc32c\":\(sum)}\n".utf8)
    do {
      guard case .success(let (checkpoint, _, _)) = try file.decode(text, path: "unused") else { return }
      try demand((checkpoint.inputs + checkpoint.outputs).allSatisfy { $0 >= 0 }, "offsets begin at 0")
      try demand(checkpoint.watermarks.count == checkpoint.outputs.count, "each output has a place for its watermark")
      try demand(Checkpoint(checkpoint.json) == checkpoint, "what is written is read as the same")
      let past = NoPast()
      _ = try? CleanerStep().recover(from: checkpoint.state, history: past)
      _ = try? AggregatorStep().recover(from: checkpoint.state, history: past)
      _ = try? SinkStep { MemoryRunStorage() }.recover(from: checkpoint.state)
    } catch is CheckpointError {}
  }
}

/// A step that has read and written nothing.
private final class NoPast: StepHistory {
  let inputs = [0, 0]
  let outputs = [0, 0, 0, 0]

  func forEachBatch(
    ofInput input: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) {}

  func forEachBatch(
    ofOutput output: Int, in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) {}
}
