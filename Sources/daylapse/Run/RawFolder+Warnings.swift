import RawData

extension RawFolder {
  /// What gives more activity.
  static let activityLevers =
    "raise --activity-base or --activity-slope, or how engaged users are: a higher --engagement-alpha or a lower "
    + "--engagement-beta"

  /// With fewer users, chance alone may decide about churn and plans.
  private static let tellingUserCount = 10

  /// What a person should know about generated days that cannot show much, and which lever to turn.
  static func warnings(_ result: GenerateJob.Result) -> [String] {
    var warnings: [String] = []
    if result.eventCount == 0 {
      warnings.append("no events at all were generated: raise --days or --n-users, or \(activityLevers)")
    } else if result.eventCount < result.userCount {
      warnings.append(
        "only \(Figures.count(result.eventCount, "event")) for \(Figures.count(result.userCount, "user")): raise --days, "
          + "or \(activityLevers)")
    }
    guard result.userCount >= tellingUserCount else { return warnings }
    if result.days > 1 {
      if result.leaverCount == result.userCount {
        warnings.append("every user leaves before the last day: lower --churn-base-rate to see who stays")
      } else if result.leaverCount == 0 {
        warnings.append("no user leaves before the last day: raise --churn-base-rate to see churn")
      }
    }
    if result.paidCount == 0 || result.paidCount == result.userCount {
      warnings.append("all users have the same plan: --paid-ratio between 0 and 1 gives both")
    }
    return warnings
  }
}
