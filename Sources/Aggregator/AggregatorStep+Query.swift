import Records

extension AggregatorStep {
  /// Where the present row of a user's day is to be found.
  public enum PresentRow: Equatable {
    /// The user is not known, or the grid has no such day so far.
    case none
    /// The day is closed: its row is the message of `user.daily` with this offset, which may still be on its way there.
    case inTopic(offset: Int)
    /// The day is closed, and its row is being made at this very moment.
    case pending
    /// The day is open: the row that it would give now, as a message without its line feed.
    case row(String)
  }

  /// The present row of a user's day. Changes nothing, and may be asked for at any moment, also while the step waits in
  /// the middle of its work: what is half done is not shown.
  public func presentRow(userID: Int, date: CivilDate) -> PresentRow {
    let (user, day) = (position(ofUser: userID), date.daysSinceEpoch)
    guard user >= 0, lastDay >= firstDay, day >= firstDay, day <= lastDay else { return .none }
    if let start = rowOffsets[day] {
      return .inTopic(offset: correctedRowOffsets[UserDay(user: user, day: day)] ?? start + user)
    }
    guard day >= firstOpenDay else { return .pending }
    let out = ByteBuffer(capacity: 512)
    write(user: user, table: openDays[day] ?? DayTable(day: day, userCount: users.count), to: out)
    return .row(String(decoding: out.bytes, as: UTF8.self))
  }
}

/// A user, by position, and a day.
struct UserDay: Hashable {
  var user: Int
  var day: Int32
}
