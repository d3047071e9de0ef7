import Records

extension AggregatorStep {
  /// Where the present row of a user's day is to be found.
  public enum PresentRow: Equatable {
    /// The user is not known, or the grid has no such day so far.
    case none
    /// The day is closed and was not corrected since: its row is the last one in `user.daily`.
    case inTopic
    /// The day is open, or was opened again: the row that it would give now, as a message without its line feed.
    case row(String)
  }

  /// The present row of a user's day. Changes nothing.
  public func presentRow(userID: Int, date: CivilDate) -> PresentRow {
    let user = position(ofUser: userID)
    guard user >= 0, let state = state(of: date.daysSinceEpoch) else { return .none }
    guard case .table(let table, let pane) = state else { return .inTopic }
    let out = ByteBuffer(capacity: 512)
    write(user: user, table: table, pane: pane, to: out)
    return .row(String(decoding: out.bytes, as: UTF8.self))
  }
}
