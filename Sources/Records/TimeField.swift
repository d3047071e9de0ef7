/// Where messages of a topic of one's own say when they happened: a member, perhaps within others, and for numbers what
/// they count.
///
/// For topics of the topology ``EventTimeField`` is the fast road; this one takes each message apart as JSON.
public struct TimeField: Equatable, Sendable {
  /// What a number counts since 1970-01-01T00:00:00 UTC.
  public enum Unit: String, CaseIterable, Sendable {
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "us"
    case nanoseconds = "ns"

    /// How many of them are a second.
    public var perSecond: Int {
      switch self {
      case .seconds: 1
      case .milliseconds: 1000
      case .microseconds: 1_000_000
      case .nanoseconds: 1_000_000_000
      }
    }

    public var name: String {
      switch self {
      case .seconds: "seconds"
      case .milliseconds: "milliseconds"
      case .microseconds: "microseconds"
      case .nanoseconds: "nanoseconds"
      }
    }

    /// The unit in which a number is a time between 1973 and 5138; `nil` where it is too small or too large for any.
    public static func likely(for number: Double) -> Unit? {
      switch number.magnitude {
      case 1e8..<1e11: .seconds
      case 1e11..<1e14: .milliseconds
      case 1e14..<1e17: .microseconds
      case 1e17..<9.3e18: .nanoseconds
      default: nil
      }
    }
  }

  /// The member's name; dots lead into objects.
  public var name: String
  /// What numbers count; without it only texts are times.
  public var unit: Unit?

  public init(_ name: String, unit: Unit? = nil) {
    self.name = name
    self.unit = unit
  }

  /// The event time of one message, its line feed left out; `nil` where it cannot be read.
  public func read(_ line: UnsafeRawBufferPointer) -> EventTime? { value(in: line).flatMap(time) }

  /// Reads messages one after the other; the usual names without a unit go the fast road.
  public var timeOf: @Sendable (UnsafeRawBufferPointer) -> EventTime? {
    if unit == nil {
      if name == "event_time" { return { EventTimeField.eventTime.read($0) } }
      if name == "as_of_date" { return { EventTimeField.asOfDate.read($0) } }
    }
    return { read($0) }
  }

  /// What a message has in that place; `nil` where it has nothing, or is no JSON.
  public func value(in line: UnsafeRawBufferPointer) -> JSONValue? {
    guard let message = try? JSONValue(parsing: line) else { return nil }
    return TimeField.find(Substring(name), in: message)
  }

  /// The time that a value is: a text in one of the forms that ``EventTime`` reads, or, where the unit is known, a
  /// number, in quotes or not.
  public func time(_ value: JSONValue) -> EventTime? {
    if let text = value.stringValue, let time = EventTime(text) { return time }
    guard let unit, let text = TimeField.number(value) else { return nil }
    let seconds: Int
    if let whole = Int(text) {
      let (quotient, remainder) = whole.quotientAndRemainder(dividingBy: unit.perSecond)
      seconds = remainder < 0 ? quotient - 1 : quotient
    } else {
      guard let number = Double(text) else { return nil }
      let rounded = (number / Double(unit.perSecond)).rounded(.down)
      guard rounded.magnitude < 1e15 else { return nil }
      seconds = Int(rounded)
    }
    guard TimeField.range.contains(seconds) else { return nil }
    return EventTime(secondsSinceEpoch: seconds)
  }

  /// The unit that a value suggests where it is a number; `nil` where it is none, or does not say.
  public static func likelyUnit(of value: JSONValue) -> Unit? {
    number(value).flatMap { Double($0) }.flatMap { Unit.likely(for: $0) }
  }

  /// The text of a number, or of a text that is one.
  static func number(_ value: JSONValue) -> String? {
    switch value {
    case .number(let text): return text
    case .string(let text):
      let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      let digits = String(trimmed)
      let isNumber =
        !digits.isEmpty && digits.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D || $0 == 0x2E }
      return isNumber && Double(digits) != nil ? digits : nil
    default: return nil
    }
  }

  /// A member of that name, or, where there is none, what lies behind the dots in its name.
  private static func find(_ name: Substring, in value: JSONValue) -> JSONValue? {
    if let member = value[String(name)] { return member }
    var dots = name.indices.filter { name[$0] == "." }
    while let dot = dots.popLast() {
      guard let inner = value[String(name[..<dot])], case .object = inner else { continue }
      if let found = find(name[name.index(after: dot)...], in: inner) { return found }
    }
    return nil
  }

  /// What can be written with a year of four digits.
  private static let range =
    EventTime(CivilDate.earliest).secondsSinceEpoch..<EventTime(CivilDate.latest).secondsSinceEpoch
    + EventTime.secondsPerDay
}
