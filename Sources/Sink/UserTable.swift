import CSVText
import Records

/// The clean users: the rows of `users_clean.csv`, and what `user_daily.csv` says of each.
public final class UserTable {
  @exclusivity(unchecked) private var index = IDIndex()
  /// The text pieces of every user, one after the other.
  private let text = ByteBuffer()
  @exclusivity(unchecked) private var users: [User] = []
  private var anyEngagement = false

  /// Where a user's pieces lie in ``text``.
  struct User {
    var signup: CivilDate
    var start: Int
    /// Ends of: `user_id`, `signup_date`, `plan,is_paid,country,marketing_source`, `engagement_score`.
    var idEnd: Int
    var signupEnd: Int
    var attributesEnd: Int
    var engagementEnd: Int
  }

  public var count: Int { users.count }

  /// Whether files have an engagement column: unless there are users and none has a score.
  public var hasEngagement: Bool { anyEngagement || users.isEmpty }

  func add(_ line: UnsafeRawBufferPointer, at offset: Int) throws {
    guard let record = try? JSONValue(parsing: line), let id = record["user_id"]?.intValue,
      let signupText = record["signup_date"]?.stringValue, let signup = CivilDate(signupText),
      let plan = record["plan"]?.stringValue, let isPaid = record["is_paid"]?.intValue
    else { throw StepError(topic: "users.clean", offset: offset, problem: "not a clean user") }
    guard index.position(of: id) < 0 else {
      throw StepError(topic: "users.clean", offset: offset, problem: "user_id \(id) for the second time")
    }
    index.append(id)
    let start = text.count
    text.append(decimal: id)
    let idEnd = text.count
    text.append(signupText)
    let signupEnd = text.count
    text.append(csvField: plan)
    text.append(UInt8(ascii: ","))
    text.append(decimal: isPaid)
    text.append(UInt8(ascii: ","))
    text.append(csvField: record["country"]?.stringValue ?? "")
    text.append(UInt8(ascii: ","))
    text.append(csvField: record["marketing_source"]?.stringValue ?? "")
    let attributesEnd = text.count
    if case .number(let score) = record["engagement_score"] {
      text.append(score)
      anyEngagement = true
    }
    users.append(
      User(
        signup: signup, start: start, idEnd: idEnd, signupEnd: signupEnd, attributesEnd: attributesEnd,
        engagementEnd: text.count))
  }

  /// The position of a user in file order, or −1.
  @inline(__always)
  func position(of id: Int) -> Int { index.position(of: id) }

  func user(at position: Int) -> User { users[position] }

  @inline(__always)
  func text(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: text.bytes[start..<end])
  }

  /// Writes the header and every row of `users_clean.csv`.
  public func writeRows(to output: any RowOutput) throws {
    let out = output.buffer
    out.append("user_id,signup_date,plan,is_paid,country,marketing_source")
    out.append(hasEngagement ? ",engagement_score\n" : "\n")
    for user in users {
      out.append(text(user.start, user.idEnd))
      out.append(UInt8(ascii: ","))
      out.append(text(user.idEnd, user.signupEnd))
      out.append(UInt8(ascii: ","))
      out.append(text(user.signupEnd, user.attributesEnd))
      if hasEngagement {
        out.append(UInt8(ascii: ","))
        out.append(text(user.attributesEnd, user.engagementEnd))
      }
      out.append(UInt8(ascii: "\n"))
      try output.flushIfNeeded()
    }
  }
}

extension ByteBuffer {
  func append(csvField text: String) {
    var text = text
    text.withUTF8 { append(csvField: UnsafeRawBufferPointer($0)) }
  }
}
