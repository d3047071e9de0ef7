/// The columns of the raw files, in the order of files and messages.
enum RawColumns {
  static let users = ["user_id", "signup_date", "plan", "is_paid", "country", "marketing_source", "engagement_score"]
  static let events = [
    "event_id", "user_id", "event_time", "event_type", "course_id", "watch_minutes", "quiz_score", "amount",
  ]
}

extension RawTopic {
  /// The topic's own columns, in the order of files and messages.
  var columns: [String] { self == .users ? RawColumns.users : RawColumns.events }

  /// The columns that a file must have.
  var requiredColumns: [String] { Array(columns.prefix(self == .users ? 3 : 4)) }
}
