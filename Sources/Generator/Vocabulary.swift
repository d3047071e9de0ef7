/// The words behind the indices of generated users and events, all ASCII.
public enum Vocabulary {
  /// Countries, by ``GeneratedUser/countryIndex``.
  public static let countries: [StaticString] = ["IN", "US", "UK", "CA", "AU", "SG"]

  /// Marketing sources, by ``GeneratedUser/sourceIndex``.
  public static let marketingSources: [StaticString] = ["organic", "referral", "ads", "youtube", "community"]

  /// Courses, by ``GeneratedEvent/course``.
  public static let courses: [StaticString] = [
    "k8s-mastery", "devops-warrior", "mlops-foundation", "argo-cd", "terraform", "linux-pro", "observability",
  ]

  /// Event types, by the raw value of ``GeneratedEventKind``.
  public static let eventTypes: [StaticString] = [
    "login", "video_watch", "quiz_attempt", "course_enroll", "payment_success", "payment_failed", "support_ticket",
  ]

  /// The plan of a user who does not pay, and that of one who does.
  public static let plans: [StaticString] = ["free", "paid"]
}
