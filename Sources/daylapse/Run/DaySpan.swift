import Generator
import Records

/// The days that are there to be replayed.
struct DaySpan: Equatable, CustomStringConvertible {
  let first: CivilDate
  let last: CivilDate

  var description: String { first == last ? first.description : "\(first) to \(last)" }

  private var start: EventTime { EventTime(first) }
  /// The midnight behind the last day.
  private var end: EventTime { EventTime(CivilDate(daysSinceEpoch: last.daysSinceEpoch + 1)) }

  /// - Throws: ``CommandError`` where the replay that is asked for begins behind these days, or ends before them.
  func check(_ pace: PaceArguments) throws {
    if let from = pace.from?.time, from >= end {
      throw CommandError("--from \(from) is behind the days that are there, \(self): nothing would be replayed")
    }
    if let to = pace.end, to <= start {
      throw CommandError(
        "the replay would end at \(to), before the days that are there, \(self): nothing would be replayed")
    }
  }

  func contains(_ time: EventTime) -> Bool { (start...end).contains(time) }
}

extension DaySpan {
  /// The days that are generated.
  init(_ options: GeneratorOptions) {
    let first = CivilDate(daysSinceEpoch: options.startDay)
    self.init(first: first, last: CivilDate(daysSinceEpoch: first.daysSinceEpoch + Int32(options.days) - 1))
  }
}
