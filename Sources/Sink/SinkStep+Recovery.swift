import ExternalSort
import Records

extension SinkStep {
  /// How much of each input lies in the storage of sorted runs: what is behind has to be read again after a crash.
  ///
  /// Users are always read again. What comes before they have ended is in no run, but a step that went on from runs has
  /// those all the while.
  public var keptInputs: [Int] {
    // every message is one row
    return [0, events.sorter.spilledRows.rowCount, userDays.sorter.spilledRows.rowCount]
  }

  /// What another step needs to go on from ``keptInputs`` with the same storage.
  public var recoveryState: JSONValue {
    func runs(_ rows: RowSorter.Spilled) -> JSONValue {
      [
        "rows": .int(rows.rowCount), "row_bytes": .int(rows.rowBytes), "highest_key": .string("\(rows.highestKey)"),
        "runs": .array(rows.runs.map { .array([.int($0.lowerBound), .int($0.upperBound)]) }),
      ]
    }
    return [
      "events": runs(events.sorter.spilledRows), "user_days": runs(userDays.sorter.spilledRows),
      "first_day": .int(Int(events.firstDay)), "last_day": .int(Int(events.lastDay)),
    ]
  }

  /// Takes the place of the step that gave `state`, before anything is processed.
  ///
  /// - Throws: ``RecoveryError`` where the state cannot be a sink's.
  public func recover(from state: JSONValue) throws {
    func rows(_ name: String) throws -> RowSorter.Spilled {
      guard let json = state[name], let count = json["rows"]?.intValue, let bytes = json["row_bytes"]?.intValue,
        let key = json["highest_key"]?.stringValue.flatMap({ UInt64($0) }), let list = json["runs"]?.arrayValue
      else { throw RecoveryError("the checkpoint has no runs of \(name)") }
      let runs = try list.map { run in
        let ends = (run.arrayValue ?? []).compactMap(\.intValue)
        guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1] else {
          throw RecoveryError("the checkpoint has the run \(run)")
        }
        return ends[0]..<ends[1]
      }
      return RowSorter.Spilled(runs: runs, rowCount: count, rowBytes: bytes, highestKey: key)
    }
    guard let first = state["first_day"]?.intValue.flatMap({ Int32(exactly: $0) }),
      let last = state["last_day"]?.intValue.flatMap({ Int32(exactly: $0) })
    else { throw RecoveryError("the checkpoint has no first and last day") }
    events.sorter.resume(try rows("events"))
    userDays.sorter.resume(try rows("user_days"))
    (events.firstDay, events.lastDay) = (first, last)
  }
}
