/// What a generated event is about. The raw value is the index into ``Vocabulary/eventTypes``.
@frozen
public enum GeneratedEventKind: UInt8, CaseIterable, Sendable {
  case login
  case videoWatch
  case quizAttempt
  case courseEnroll
  case paymentSuccess
  case paymentFailed
  case supportTicket
}
