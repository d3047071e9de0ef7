/// A generated event of the user whose turn it is; event ids are 1, 2, 3… in the order given out, across users.
@frozen
public struct GeneratedEvent: Equatable, Sendable {
  /// Stands in ``course`` where an event has none.
  public static var noCourse: UInt8 { 255 }

  /// Event time, in minutes since midnight of the start day.
  public var minute: Int32
  /// What happened.
  public var kind: GeneratedEventKind
  /// Index into ``Vocabulary/courses``, or ``noCourse``.
  public var course: UInt8
  /// Watch minutes of a video, score of a quiz, amount of a payment; 0 for every other kind.
  public var value: Double

  /// Collects what an event says.
  ///
  /// - Parameters:
  ///   - minute: Event time, in minutes since midnight of the start day.
  ///   - kind: What happened.
  ///   - course: Index into ``Vocabulary/courses``, or ``noCourse``.
  ///   - value: Watch minutes, score or amount; 0 where the kind has none.
  @inlinable
  public init(minute: Int32, kind: GeneratedEventKind, course: UInt8, value: Double) {
    self.minute = minute
    self.kind = kind
    self.course = course
    self.value = value
  }
}
