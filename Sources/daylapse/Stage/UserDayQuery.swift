import Aggregator
import Records
import TopicLog
import TopicStream

/// Answers `query`: the present row of a user's day.
struct UserDayQuery {
  let topicDirectory: String

  /// - Parameter arguments: `{"user_id": N, "date": "YYYY-MM-DD"}`.
  func answer(_ step: AggregatorStep, _ arguments: JSONValue) throws(ServiceError) -> JSONValue {
    guard let user = arguments["user_id"]?.intValue, let text = arguments["date"]?.stringValue,
      let date = CivilDate(text)
    else { throw ServiceError(.badRequest, "query needs \"user_id\", a whole number, and \"date\", YYYY-MM-DD") }
    let row: String?
    switch step.presentRow(userID: user, date: date) {
    case .none:
      throw ServiceError(
        .badRequest, "there is no row of user \(user) on \(date): the user is unknown or the day not there yet")
    case .row(let line): row = line
    case .inTopic: row = try lastRow(user, date)
    }
    guard let row, let json = try? JSONValue(parsing: row) else {
      throw ServiceError(.failed, "the row of user \(user) on \(date) is not in the topic's files")
    }
    return json
  }

  /// The last row of a closed day: all rows of the day lie together, corrections of other days aside.
  private func lastRow(_ user: Int, _ date: CivilDate) throws(ServiceError) -> String? {
    let timeOf = TopicCatalogue.schema(of: "user.daily").timeOf
    let head = Array("{\"user_id\":\(user),\"as_of_date\":\"\(date)\"".utf8)
    do {
      let log = try TopicReader(directory: topicDirectory, timeOf: timeOf)
      var offset = try log.offset(atOrAfter: EventTime(date))
      var found: String?
      while let slice = try log.slice(from: offset, maxBytes: 1 << 18) {
        var isPast = false
        slice.withBytes { lines in
          lines.forEachLine { line in
            if line.starts(with: head) { found = String(decoding: line, as: UTF8.self) }
            if let time = timeOf(line), time.date > date { isPast = true }
          }
        }
        if isPast { break }
        offset += slice.count
      }
      return found
    } catch {
      throw ServiceError(.failed, "\(error)")
    }
  }
}
