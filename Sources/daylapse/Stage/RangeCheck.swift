import Records
import Replay
import TopicLog

/// Looks before a replay whether there is something to replay in the part of time that is asked for.
struct RangeCheck {
  let topics: [OpenTopic]
  /// The messages of each topic that are to be replayed.
  let offsets: [Range<Int>]
  let pace: PaceArguments
  var onNotice: (String) -> Void

  /// - Throws: ``CommandError`` where it lies outside the days of the topics; what reading throws.
  func perform() throws {
    let hasRange = pace.from != nil || pace.end != nil
    var pause: EventTime?
    if case .time(let time) = pace.pauseAt { pause = time }
    guard hasRange || pause != nil else { return }

    let days = try self.days()
    try days?.check(pace)
    let there = days.map { ", but the days that are there are \($0)" } ?? ": the topics have no messages with times"
    if hasRange, zip(topics, offsets).allSatisfy({ $0.isBootstrap || $1.isEmpty }) {
      let from = pace.from.map { " from \($0.time)" } ?? ""
      let to = pace.end.map { " before \($0)" } ?? ""
      onNotice("nothing happened\(from)\(to)\(there)")
    }
    if let pause, !(days?.contains(pause) ?? false) { onNotice("does not pause: --pause-at is \(pause)\(there)") }
  }

  /// The days of all topics together; `nil` where no message has a time.
  private func days() throws -> DaySpan? {
    var days: DaySpan?
    for topic in topics where !topic.isBootstrap {
      let source = ReplaySource(log: topic.log, topic: 0, isBootstrap: false, timeOf: topic.timeOf)
      guard let times = try source.times() else { continue }
      days = DaySpan(
        first: min(days?.first ?? times.first.date, times.first.date),
        last: max(days?.last ?? times.last.date, times.last.date))
    }
    return days
  }
}
