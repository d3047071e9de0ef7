import ExternalSort
import Records

/// The rows of `user_daily.csv`, gathered as days close and given out user by user, day by day.
///
/// Rows are sorted by (user's position, day); of several revisions the last one counts. A row keeps only what the
/// aggregator measured; a user's attributes join in when the file is written.
public final class UserDayTable {
  private let users: UserTable
  let sorter: RowSorter
  /// Messages that came before the users were complete, in the order they came.
  private let early: RowSorter
  private var earlyCount: UInt64 = 0
  private let keepsEngagement: Bool
  @exclusivity(unchecked) private var scanner = UserDayScanner()
  /// What `is_active_day` and the measures say where nothing happened.
  private static let quietDay: StaticString = "0,0,0,0,0.0,0,,0,0,0\n"

  /// Rows, and those of them with any event, once the file was written.
  @exclusivity(unchecked) public private(set) var rowCount = 0
  @exclusivity(unchecked) public private(set) var activeCount = 0

  init(users: UserTable, sorter: RowSorter, early: RowSorter, keepsEngagement: Bool) {
    self.users = users
    self.sorter = sorter
    self.early = early
    self.keepsEngagement = keepsEngagement
  }

  /// Keeps messages for the time when all users are known.
  func postpone(_ lines: UnsafeRawBufferPointer, at offset: Int) throws {
    try early.add(key: UInt64(offset), row: lines)
  }

  /// Takes in what was postponed.
  func catchUp() throws {
    try early.finish()
    try early.forEachRow { offset, lines in try add(lines, at: Int(offset)) }
  }

  func add(_ lines: UnsafeRawBufferPointer, at offset: Int) throws {
    guard let all = ByteSpan(lines) else { return }
    let end = all.start + all.count
    var at = all.start
    var offset = offset
    while at < end {
      guard let next = scanner.scan(at, end) else {
        throw StepError(topic: "user.daily", offset: offset, problem: "not a user-day")
      }
      let user = users.position(of: scanner.row.userID)
      guard user >= 0 else {
        throw StepError(
          topic: "user.daily", offset: offset, problem: "user_id \(scanner.row.userID) is not in users.clean")
      }
      // shifted, so that days before 1970 sort before those after
      let day = UInt64(UInt32(bitPattern: scanner.row.day) ^ (1 << 31))
      let key = UInt64(user) << 32 | day
      if scanner.row.isEmpty {
        try sorter.add(key: key, row: UnsafeRawBufferPointer(start: nil, count: 0))
      } else {
        try sorter.add(key: key) { out in write(scanner.row, to: out) }
      }
      at = next
      offset &+= 1
    }
  }

  @inline(__always)
  private func write(_ row: UserDayView, to out: ByteBuffer) {
    let isActive = row.measures[0].count > 0 && !row.measures[0].equals("0")
    out.append(isActive ? UInt8(ascii: "1") : UInt8(ascii: "0"))
    for (index, number) in row.measures.enumerated() {
      out.append(UInt8(ascii: ","))
      if number.count > 0 {
        // as pandas writes what is no number
        if !number.equals("nan") { out.append(number) }
      } else if index == 3 {
        out.append("0.0")
      } else if index != 5 {
        out.append(UInt8(ascii: "0"))
      }
    }
    out.append(UInt8(ascii: "\n"))
  }

  func finish() throws { try sorter.finish() }

  /// Writes the header and every row. Called once, after ``SinkStep/isComplete``; may run on a thread of its own.
  public func writeRows(to output: any RowOutput) throws {
    let out = output.buffer
    let withEngagement = keepsEngagement
    out.append("user_id,as_of_date,signup_date,days_since_signup,plan,is_paid,country,marketing_source")
    if withEngagement { out.append(",engagement_score") }
    out.append(",is_active_day,")
    out.append(UserDayScanner.measures.joined(separator: ","))
    out.append(UInt8(ascii: "\n"))

    var position = -1
    var user = UserTable.User(
      signup: .earliest, start: 0, idEnd: 0, signupEnd: 0, attributesEnd: 0, engagementEnd: 0)
    let dateText = ByteBuffer(capacity: 64)
    var dates: [Int32: Int] = [:]
    var lastKey: UInt64?
    let pending = ByteBuffer(capacity: 1024)

    func writePending() throws {
      guard let key = lastKey else { return }
      let place = Int(key >> 32)
      if place != position {
        position = place
        user = users.user(at: place)
      }
      let day = Int32(bitPattern: UInt32(truncatingIfNeeded: key) ^ (1 << 31))
      let comma = UInt8(ascii: ",")
      out.append(users.text(user.start, user.idEnd))
      out.append(comma)
      let dateStart =
        dates[day]
        ?? {
          let start = dateText.count
          CivilDate(daysSinceEpoch: day).write(to: dateText.writing(atMost: 10))
          dateText.advance(by: 10)
          dates[day] = start
          return start
        }()
      out.append(UnsafeRawBufferPointer(rebasing: dateText.bytes[dateStart..<(dateStart + 10)]))
      out.append(comma)
      out.append(users.text(user.idEnd, user.signupEnd))
      out.append(comma)
      out.append(decimal: max(0, Int(day) - Int(user.signup.daysSinceEpoch)))
      out.append(comma)
      out.append(users.text(user.signupEnd, user.attributesEnd))
      out.append(comma)
      if withEngagement {
        out.append(users.text(user.attributesEnd, user.engagementEnd))
        out.append(comma)
      }
      if pending.count == 0 {
        out.append(UserDayTable.quietDay)
      } else {
        out.append(pending.bytes)
        if pending.bytes[0] == UInt8(ascii: "1") { activeCount += 1 }
      }
      rowCount += 1
      try output.flushIfNeeded()
    }

    try sorter.forEachRow { key, row in
      if key != lastKey { try writePending() }
      lastKey = key
      pending.removeAll()
      pending.append(row)
    }
    try writePending()
  }
}
