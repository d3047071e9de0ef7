/// Something in a message that its topic's schema does not allow.
public struct SchemaProblem: Equatable, Sendable {
  public var expected: String
  public var actual: String

  public init(expected: String, actual: String) {
    self.expected = expected
    self.actual = actual
  }
}

extension TopicSchema {
  /// Holds a message against the schema: that it is JSON, the fields' kinds and order, and that none is missing or too
  /// many.
  ///
  /// - Parameter line: The message without its line feed.
  /// - Returns: The message as far as it is JSON, and the first thing that is not as it should be.
  public func check(_ line: UnsafeRawBufferPointer) -> (message: JSONValue?, problem: SchemaProblem?) {
    let message: JSONValue
    do {
      message = try JSONValue(parsing: line)
    } catch {
      return (
        nil, SchemaProblem(expected: "a message in JSON", actual: "\(error) in \(TopicSchema.beginning(of: line))")
      )
    }
    // of a topic that is not of the topology nothing more is known
    if fields.isEmpty { return (message, nil) }
    guard case .object(let members) = message else {
      if allowsText, message.stringValue != nil { return (message, nil) }
      return (message, SchemaProblem(expected: "an object", actual: TopicSchema.beginning(of: line)))
    }
    return (message, problem(in: members))
  }

  private func problem(in members: [JSONValue.Member]) -> SchemaProblem? {
    var next = 0
    for (index, member) in members.enumerated() {
      // in a message that is as it should be the search ends at its first step
      var place = next
      while place < fields.count, fields[place].name != member.name { place += 1 }
      if place < fields.count {
        if let missing = fields[next..<place].first(where: \.isRequired) {
          return SchemaProblem(expected: "field \(missing.name)", actual: "field \(member.name)")
        }
        guard fields[place].kind.allows(member.value) || (allowsText && member.value.rawBytes != nil) else {
          return SchemaProblem(
            expected: "\(member.name) as \(fields[place].kind.description)", actual: "\(member.value)")
        }
        next = place + 1
      } else if fields.contains(where: { $0.name == member.name }) {
        let isRepeated = members[..<index].contains { $0.name == member.name }
        return SchemaProblem(
          expected: "\(member.name) \(isRepeated ? "once" : "in the order of the schema")",
          actual: isRepeated ? "it twice" : "it behind \(members[index - 1].name)")
      } else if !allowsOthers {
        return SchemaProblem(expected: "no other fields than the schema's", actual: "field \(member.name)")
      } else {
        switch member.value {
        case .string, .number: break
        case .object where allowsText && member.value.rawBytes != nil: break
        default: return SchemaProblem(expected: "\(member.name) as a text or a number", actual: "\(member.value)")
        }
      }
    }
    guard let missing = fields[next...].first(where: \.isRequired) else { return nil }
    return SchemaProblem(expected: "field \(missing.name)", actual: "none")
  }

  private static func beginning(of line: UnsafeRawBufferPointer) -> String {
    String(decoding: line.prefix(120), as: UTF8.self)
  }
}

extension TopicSchema.Field.Kind {
  /// Whether a value is of this kind.
  func allows(_ value: JSONValue) -> Bool {
    switch self {
    case .integer: return value.intValue != nil
    case .count: return value.intValue.map { $0 >= 0 } ?? false
    case .number:
      if case .number = value { return true }
      return false
    case .textOrBytes: return value.stringValue != nil || value.rawBytes != nil
    case .measure: return value.doubleValue != nil
    case .flag: return value == 0 || value == 1
    case .string: return value.stringValue != nil
    case .rawNumber:
      if case .number = value { return true }
      return value.stringValue != nil
    case .date: return value.stringValue.map { CivilDate($0) != nil } ?? false
    case .time:
      guard let text = value.stringValue, let time = EventTime(text) else { return false }
      return time.description == text
    case .pane: return value.stringValue.map { ["early", "on_time", "late"].contains($0) } ?? false
    }
  }

  /// The kind in words.
  var description: String {
    switch self {
    case .integer: "a whole number"
    case .count: "a whole number from 0 on"
    case .number: "a number"
    case .textOrBytes: "a text or {\"bytes\":…}"
    case .measure: "a number, or \"inf\", \"-inf\" or \"nan\""
    case .flag: "0 or 1"
    case .string: "a text"
    case .rawNumber: "a number or a text"
    case .date: "a day, YYYY-MM-DD"
    case .time: "a time, YYYY-MM-DDTHH:MM:SS"
    case .pane: "early, on_time or late"
    }
  }
}
