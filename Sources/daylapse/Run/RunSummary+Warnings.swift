extension RunSummary {
  /// What a person should know about the data, and which lever to turn.
  var warnings: [String] { rejectionWarnings + activityWarnings }

  /// Days of which the larger part did not come through. Counts as the books above do: duplicates are no rejections.
  private var rejectionWarnings: [String] {
    var warnings: [String] = []
    for what in ["user", "event"] {
      let (all, clean) = (cleaner.count("\(what)s_in"), cleaner.count("\(what)s_clean"))
      let duplicates = cleaner.count("\(what)s_rejected.duplicate")
      let rejected = all - clean - duplicates
      let advice = "; the topic \(what)s.rejected says why, one by one"
      if rejected * 2 > all {
        warnings.append("more than half of the \(what)s were rejected: \(Figures.percent(rejected, of: all))" + advice)
      } else if duplicates * 2 > all {
        warnings.append(
          "more than half of the \(what)s are duplicates: \(Figures.percent(duplicates, of: all))" + advice)
      } else if (rejected + duplicates) * 2 > all {
        warnings.append(
          "more than half of the \(what)s are duplicates (\(Figures.percent(duplicates, of: all))) or were rejected "
            + "(\(Figures.percent(rejected, of: all)))" + advice)
      }
    }
    return warnings
  }

  /// Grids with so few active days that nothing can be seen in them.
  private var activityWarnings: [String] {
    let (rows, active) = (sink.count("user_days"), sink.count("active_user_days"))
    let (users, events) = (cleaner.count("users_clean"), cleaner.count("events_clean"))
    if !raw.isGenerated, users > 0 {
      if cleaner.count("events_in") == 0 {
        return ["no events came in: user_daily.csv can say nothing; see whether events.csv and the range are right"]
      }
      if events > 0, events < users {
        return [
          "only \(Figures.count(events, "event")) for \(Figures.count(users, "user")): bring in more days, or see whether "
            + "the ids of the users are those of the events"
        ]
      }
    }
    let fewPercent = raw.isGenerated ? RunSummary.fewPercentGenerated : RunSummary.fewPercent
    guard rows > 0, events > 0, Double(active) * 100 < Double(rows) * fewPercent else { return [] }
    let share =
      "only \(Figures.percent(active, of: rows)) of the user-days are active (\(Figures.grouped(active)) of "
      + "\(Figures.grouped(rows)))"
    guard raw.isGenerated else {
      return [
        "\(share): most users have no event on most days; see whether the dates of the events and the ids of the users "
          + "are right, or bring in fewer users or days"
      ]
    }
    return ["\(share): \(RawFolder.activityLevers)"]
  }

  /// A smaller share of active days, in percent, is hardly any activity; generated days have 45 unless told.
  private static let fewPercentGenerated = 15.0
  private static let fewPercent = 5.0
}
