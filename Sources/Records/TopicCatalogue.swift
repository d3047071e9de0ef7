/// The topics of the topology: what their messages hold, as the contract in `topics/` says it.
public enum TopicCatalogue {
  public static let all: [TopicSchema] = [
    usersRaw, eventsRaw, usersClean, usersRejected, eventsClean, eventsRejected, userDaily,
  ]

  /// The schema of a topic; one that allows anything for a topic that is not of the topology.
  public static func schema(of topic: String) -> TopicSchema {
    all.first { $0.topic == topic }
      ?? TopicSchema(topic: topic, title: "A topic of another kind", fields: [], allowsOthers: true)
  }

  private static let usersRaw = TopicSchema(
    topic: "users.raw", title: "A user as exported: numbers in canonical form, everything else as text",
    fields: [
      .init("user_id", .rawNumber, "number of the user", isRequired: false),
      .init("signup_date", .string, "day of signup, YYYY-MM-DD", isRequired: false),
      .init("plan", .string, "paid or free, in any spelling", isRequired: false),
      .init("is_paid", .rawNumber, "1 for a paid plan, as the export has it", isRequired: false),
      .init("country", .string, "country code", isRequired: false),
      .init("marketing_source", .string, "where the user came from", isRequired: false),
      .init("engagement_score", .rawNumber, "engagement from 0 to 1", isRequired: false),
    ], allowsOthers: true, allowsText: true)

  private static let eventsRaw = TopicSchema(
    topic: "events.raw", title: "An event as exported: numbers in canonical form, everything else as text",
    fields: [
      .init("event_id", .rawNumber, "number of the event", isRequired: false),
      .init("user_id", .rawNumber, "number of the user", isRequired: false),
      .init("event_time", .string, "when it happened", isRequired: false),
      .init("event_type", .string, "what happened, in any spelling", isRequired: false),
      .init("course_id", .string, "which course it was about", isRequired: false),
      .init("watch_minutes", .rawNumber, "minutes watched", isRequired: false),
      .init("quiz_score", .rawNumber, "score of a quiz, 0 to 100", isRequired: false),
      .init("amount", .rawNumber, "amount of a payment", isRequired: false),
    ], timeField: .eventTime, allowsOthers: true, allowsText: true)

  private static let usersClean = TopicSchema(
    topic: "users.clean", title: "A valid user, the first of its id",
    fields: [
      .init("user_id", .integer, "number of the user"),
      .init("signup_date", .date, "day of signup"),
      .init("plan", .string, "plan, in lower case and trimmed"),
      .init("is_paid", .flag, "1 exactly when the plan is paid"),
      .init("country", .string, "country, as exported", isRequired: false),
      .init("marketing_source", .string, "where the user came from, as exported", isRequired: false),
      .init("engagement_score", .number, "engagement", isRequired: false),
    ])

  private static let eventsClean = TopicSchema(
    topic: "events.clean", title: "A valid event of a known user, the first of its id",
    fields: [
      .init("event_id", .integer, "number of the event"),
      .init("user_id", .integer, "number of the user"),
      .init("event_time", .time, "when it happened, to the second"),
      .init("event_date", .date, "the day of event_time"),
      .init("event_type", .string, "what happened, in lower case and trimmed"),
      .init("course_id", .string, "which course it was about", isRequired: false),
      .init("watch_minutes", .number, "minutes watched; 0.0 for what is no video"),
      .init("quiz_score", .number, "score of a quiz", isRequired: false),
      .init("amount", .number, "amount of a payment", isRequired: false),
    ], timeField: .eventTime)

  private static let usersRejected = rejected("users")
  private static let eventsRejected = rejected("events")

  private static func rejected(_ what: String) -> TopicSchema {
    TopicSchema(
      topic: "\(what).rejected", title: "A message of \(what).raw that is not part of \(what).clean, and why",
      fields: [
        .init("topic", .string, "where the message is"),
        .init("offset", .count, "its offset there"),
        .init("reason", .string, "the first check that failed"),
        .init("detail", .string, "what was wrong, in words"),
        .init("message", .textOrBytes, "the message as it came"),
      ])
  }

  private static let userDaily = TopicSchema(
    topic: "user.daily", title: "What a user did on a day; measures that are zero or empty are left out",
    fields: [
      .init("user_id", .integer, "number of the user"),
      .init("as_of_date", .date, "the day"),
      .init("pane", .pane, "early while the day is open, on_time when it closes, late for a correction"),
      .init("revision", .count, "counts the rows of this user and day, from 0; the last one stands"),
      .init("total_events", .count, "events of any type", isRequired: false),
      .init("logins_count", .count, "events of type login", isRequired: false),
      .init("enroll_count", .count, "events of type course_enroll", isRequired: false),
      .init("watch_minutes_sum", .measure, "sum of watch_minutes of video_watch events", isRequired: false),
      .init("quiz_attempts_count", .count, "events of type quiz_attempt", isRequired: false),
      .init(
        "quiz_avg_score", .measure, "mean of their scores, where any has one (also when it is 0.0)", isRequired: false),
      .init("payment_success_count", .count, "events of type payment_success", isRequired: false),
      .init("payment_failed_count", .count, "events of type payment_failed", isRequired: false),
      .init("support_ticket_count", .count, "events of type support_ticket", isRequired: false),
    ], timeField: .asOfDate)
}
