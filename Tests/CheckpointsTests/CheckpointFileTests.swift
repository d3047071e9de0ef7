import Checkpoints
import Foundation
import OutputFiles
import Records
import TestSupport
import Testing

struct CheckpointFileTests {
  private let first = Checkpoint(
    run: "r", inputs: [3, 5], outputs: [2], watermarks: [EventTime("2025-01-02T03:04:05")], state: ["a": [1, "ü\n"]])
  private var second: Checkpoint {
    var checkpoint = first
    checkpoint.inputs = [3, 9]
    checkpoint.isComplete = true
    checkpoint.hasLeft = true
    checkpoint.doneMembers = ["sink"]
    return checkpoint
  }

  private func file(
    _ folder: String, stage: String = "cleaner", durability: Durability = .none, faults: Faults = .none,
    boot: String = "b1"
  ) -> CheckpointFile {
    CheckpointFile(path: folder + "/c", stage: stage, durability: durability, faults: faults, boot: boot)
  }

  @Test func keepsTheLastTwo() throws {
    try withTemporaryFolder { folder in
      #expect(try file(folder).load() == CheckpointFile.Found())
      let saving = file(folder)
      try saving.save(first)
      try saving.save(second)
      #expect(saving.last == second)
      let found = try file(folder).load()
      #expect(found.checkpoints == [second, first])
      #expect(found.notices == [])
      saving.remove()
      #expect(try file(folder).load().checkpoints == [])
    }
  }

  @Test func whatIsThereAndCannotBeReadIsNoAbsence() throws {
    try withTemporaryFolder { folder in
      for path in ["c", "c.previous"] {
        let inTheWay = folder + "/" + path
        try FileManager.default.createDirectory(atPath: inTheWay, withIntermediateDirectories: false)
        let error = #expect(throws: OutputFileError.self) { try file(folder).load() }
        #expect(error?.path == inTheWay)
        try FileManager.default.removeItem(atPath: inTheWay)
        // a link that leads to itself
        try FileManager.default.createSymbolicLink(atPath: inTheWay, withDestinationPath: inTheWay)
        #expect(throws: OutputFileError.self) { try file(folder).load() }
        try FileManager.default.removeItem(atPath: inTheWay)
      }
      #expect(try file(folder).load() == CheckpointFile.Found())
    }
  }

  @Test func aFlippedBitAnywhereFallsBackToTheOneBefore() throws {
    try withTemporaryFolder { folder in
      let saving = file(folder)
      try saving.save(first)
      try saving.save(second)
      let path = URL(fileURLWithPath: folder + "/c")
      let content = try Data(contentsOf: path)
      for byte in content.indices {
        for bit in 0..<8 {
          var spoiled = content
          spoiled[byte] ^= 1 << bit
          try spoiled.write(to: path)
          let found = try file(folder).load()
          #expect(found.checkpoints == [first], "byte \(byte) bit \(bit)")
          #expect(found.notices.count == 1, "byte \(byte) bit \(bit)")
        }
      }
      for length in content.indices {
        try content.prefix(length).write(to: path)
        #expect(try file(folder).load().checkpoints == [first], "cut to \(length)")
      }
    }
  }

  @Test(arguments: [CrashPoint.beforeCheckpoint, .beforeCheckpointRename])
  func aDeathWhileSavingLeavesTheOneBefore(point: CrashPoint) throws {
    struct Death: Error {}
    try withTemporaryFolder { folder in
      try file(folder).save(first)
      let dying = file(folder, faults: Faults { if $0 == point { throw Death() } })
      #expect(throws: Death.self) { try dying.save(second) }
      #expect(try file(folder).load().checkpoints == [first])
      // between the two renames only the one before has a name
      try FileManager.default.moveItem(atPath: folder + "/c", toPath: folder + "/c.previous")
      #expect(try file(folder).load().checkpoints == [first])
    }
  }

  @Test func anotherFormatIsRefusedWithTheWayOut() throws {
    try withTemporaryFolder { folder in
      let body = "{\"format\":2,\"stage\":\"cleaner\"}"
      try (body + "\n{\"crc32c\":\(checksum(body))}\n").write(toFile: folder + "/c", atomically: true, encoding: .utf8)
      let error = #expect(throws: CheckpointError.self) { try file(folder).load() }
      #expect(error?.description.contains("remove the file to start over") == true)
    }
  }

  @Test func anotherStagesCheckpointIsNone() throws {
    try withTemporaryFolder { folder in
      try file(folder, stage: "sink").save(first)
      let found = try file(folder).load()
      #expect(found.checkpoints == [])
      #expect(found.notices.first?.contains("not a checkpoint of cleaner") == true)
    }
  }

  @Test func whatWasNotSyncedBeforeTheMachineStoppedDoesNotCount() throws {
    try withTemporaryFolder { folder in
      try file(folder).save(first)
      var found = try file(folder, boot: "b2").load()
      #expect(found.checkpoints == [])
      #expect(found.isOfEarlierBoot)
      try file(folder, durability: .checkpoint).save(second)
      found = try file(folder, boot: "b2").load()
      #expect(found.checkpoints == [second])
      #expect(found.isOfEarlierBoot)
    }
  }

  /// CRC-32C, bit by bit.
  private func checksum(_ text: String) -> UInt32 {
    ~text.utf8.reduce(~UInt32(0)) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0x82F6_3B78) }
    }
  }
}
