/// What a user's engagement and plan mean for each of the user's days.
struct DailyOdds {
  /// Probability of an active day.
  let activity: Double
  /// Probability of a video in a session.
  let video: Double
  /// Mean length of a video, in minutes.
  let meanWatchMinutes: Double
  /// Probability of a quiz in a session.
  let quiz: Double
  /// Mean score of a quiz, in percent.
  let meanScore: Double
  /// Whether there are payments.
  let isPaid: Bool

  /// Computes the odds once for all days.
  init(_ user: GeneratedUser, _ options: GeneratorOptions) {
    let engagement = user.engagement
    activity = options.activityBase + options.activitySlope * engagement
    video = 0.5 + 0.4 * engagement
    meanWatchMinutes = 20 + 40 * engagement
    quiz = 0.25 + 0.35 * engagement
    meanScore = 50 + 40 * engagement
    isPaid = user.isPaid
  }
}
