import Aggregator
import Records
import TopicLog
import TopicStream

/// Answers `query`: the present row of a user's day, never one that it has replaced, nor a half of it.
struct UserDayQuery {
  let user: Int
  let date: CivilDate

  /// - Parameter arguments: `{"user_id": N, "date": "YYYY-MM-DD"}`.
  init(_ arguments: JSONValue) throws(ServiceError) {
    guard let user = arguments["user_id"]?.intValue, let text = arguments["date"]?.stringValue,
      let date = CivilDate(text)
    else { throw ServiceError(.badRequest, "query needs \"user_id\", a whole number, and \"date\", YYYY-MM-DD") }
    (self.user, self.date) = (user, date)
  }

  func answer(_ stage: StageState) throws(ServiceError) -> JSONValue {
    guard let step = stage.step as? AggregatorStep, let log = stage.logs.first else {
      throw ServiceError(.failed, "this stage has no rows")
    }
    switch stage.phase {
    case .complete: return try lastRow(log)
    // files may have later rows than the step has come to
    case .recovering: throw UserDayQuery.retry
    case .running: if log.isRepeating { throw UserDayQuery.retry }
    }
    switch step.presentRow(userID: user, date: date) {
    case .none: throw none
    case .pending: throw UserDayQuery.retry
    case .row(let line): return try row(line)
    case .inTopic(let offset):
      guard offset < log.messageCount else { throw UserDayQuery.retry }
      return try row(at: offset, log)
    }
  }

  private static let retry = ServiceError(.retry, "the rows are being made: ask again")

  private var none: ServiceError {
    ServiceError(
      .badRequest, "there is no row of user \(user) on \(date): the user is unknown or the day not there yet")
  }

  /// What every row of this user and day begins with.
  private var head: [UInt8] { Array("{\"user_id\":\(user),\"as_of_date\":\"\(date)\",".utf8) }

  private func row(_ line: String) throws(ServiceError) -> JSONValue {
    do { return try JSONValue(parsing: line) } catch {
      throw ServiceError(.failed, "the row of user \(user) on \(date) cannot be read: \(error)")
    }
  }

  private func row(at offset: Int, _ log: LogOutput) throws(ServiceError) -> JSONValue {
    var line: String?
    do {
      try log.reader.refresh()
      let slice = try log.reader.slice(from: offset, maxBytes: 1, maxCount: 1)
      slice?.withBytes { bytes in
        if bytes.starts(with: head) { line = String(decoding: bytes.dropLast(), as: UTF8.self) }
      }
    } catch {
      throw ServiceError(.failed, "\(error)")
    }
    guard let line else {
      throw ServiceError(.failed, "\(log.topic) has no row of user \(user) on \(date) at offset \(offset)")
    }
    return try row(line)
  }

  /// The last row in a topic that is complete: corrections may come long after the day.
  private func lastRow(_ log: LogOutput) throws(ServiceError) -> JSONValue {
    let head = head
    var found: String?
    do {
      try log.reader.refresh()
      var offset = try log.reader.offset(atOrAfter: EventTime(date))
      while let slice = try log.reader.slice(from: offset, maxBytes: 1 << 18) {
        slice.withBytes { lines in
          lines.forEachLine { line in
            if line.starts(with: head) { found = String(decoding: line, as: UTF8.self) }
          }
        }
        offset += slice.count
      }
    } catch {
      throw ServiceError(.failed, "\(error)")
    }
    guard let found else { throw none }
    return try row(found)
  }
}
