/// The event types that the daily measures know. Others exist and count as events only.
public enum EventType: UInt8, Sendable {
  case login, videoWatch, quizAttempt, courseEnroll, paymentSuccess, paymentFailed, supportTicket
  case other

  public static let known: [EventType] = [
    .login, .videoWatch, .quizAttempt, .courseEnroll, .paymentSuccess, .paymentFailed, .supportTicket,
  ]

  /// The name in messages and files.
  public var name: StaticString {
    switch self {
    case .login: "login"
    case .videoWatch: "video_watch"
    case .quizAttempt: "quiz_attempt"
    case .courseEnroll: "course_enroll"
    case .paymentSuccess: "payment_success"
    case .paymentFailed: "payment_failed"
    case .supportTicket: "support_ticket"
    case .other: ""
    }
  }

  @inline(__always)
  public init(_ text: ByteSpan) {
    self = .other
    switch text.count {
    case 5: if text.equals("login") { self = .login }
    case 11: if text.equals("video_watch") { self = .videoWatch }
    case 12: if text.equals("quiz_attempt") { self = .quizAttempt }
    case 13: if text.equals("course_enroll") { self = .courseEnroll }
    case 14:
      if text.equals("payment_failed") { self = .paymentFailed }
      if text.equals("support_ticket") { self = .supportTicket }
    case 15: if text.equals("payment_success") { self = .paymentSuccess }
    default: break
    }
  }
}
