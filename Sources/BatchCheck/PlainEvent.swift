/// A valid event of a known user, the first of its id. Texts that repeat stand as numbers, so that millions of events
/// have room.
struct PlainEvent {
  var id: Int
  /// The user's place in the file of users.
  var user: Int32
  var type: Int32
  var course: Int32
  /// Seconds since 1970-01-01T00:00:00.
  var seconds: Int
  var watchMinutes: Double
  /// Not a number where there is none.
  var quizScore: Double
  var amount: Double
}
