import Records

extension TopicInfo {
  /// From the first to the last time.
  var durationSeconds: Int? {
    guard let first, let last else { return nil }
    let (seconds, overflow) = last.secondsSinceEpoch.subtractingReportingOverflow(first.secondsSinceEpoch)
    return overflow ? nil : seconds
  }

  /// Messages with a time per day of the duration; `nil` where all are of one moment.
  var meanPerDay: Double? {
    guard let durationSeconds, durationSeconds > 0 else { return nil }
    return Double(messageCount - untimedCount) / Double(durationSeconds) * 86_400
  }

  var durationText: String? {
    guard let durationSeconds else { return nil }
    let clock = [durationSeconds / 3600 % 24, durationSeconds / 60 % 60, durationSeconds % 60]
    let time = clock.map(Figures.twoDigits).joined(separator: ":")
    let days = durationSeconds / 86_400
    return days == 0 ? time : "\(Figures.count(days, "day")) \(time)"
  }

  /// Per day, or of topics that are shorter, per hour or second.
  var rateText: String? {
    guard let meanPerDay, let durationSeconds else { return nil }
    if durationSeconds >= 86_400 { return "\(Figures.short(meanPerDay)) messages/day" }
    if meanPerDay < 86_400 { return "\(Figures.short(meanPerDay / 24)) messages/hour" }
    return "\(Figures.short(meanPerDay / 86_400)) messages/s"
  }

  /// `event_type: login 200,123, video_watch 100,456, …`, on as many lines as that takes.
  func kindLines(width: Int) -> [String] {
    var lines: [String] = []
    let all = kinds.sorted
    for (position, kind) in all.enumerated() {
      if position == TopicKinds.shown, all.count > position + 1 {
        lines.append("\(Figures.grouped(all.count - position)) more: --json has all of them")
        break
      }
      let text = (position == 0 ? "\(kinds.field): " : "") + "\(kind.name) \(Figures.grouped(kind.count))"
      if let last = lines.last, last.count + 2 + text.count <= max(20, width) {
        lines[lines.count - 1] = "\(last), \(text)"
      } else {
        lines.append(text)
      }
    }
    return lines
  }
}
