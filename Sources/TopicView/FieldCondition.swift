import Records

/// What a field of a message has to be: `amount>500`, `plan=paid`, `event_time>=2025-02-01T06:00`.
///
/// `=` and `!=` compare texts, and numbers by value, so that `45` is `45.0`. The others compare numbers and times; a
/// field that is neither fails them. An absent field is like an empty text: `course_id=` finds messages without one,
/// `course_id!=` those with one.
public struct FieldCondition: Equatable, Sendable {
  public enum Comparison: String, Sendable, CaseIterable {
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case equal = "="
    case less = "<"
    case greater = ">"

    var isOrdering: Bool { self != .equal && self != .notEqual }
  }

  public let field: String
  public let comparison: Comparison
  let value: FieldValue
  private let name: [UInt8]

  /// Reads a condition: a field's name, a comparison, and the value behind it as it stands.
  ///
  /// - Throws: ``FieldConditionError`` where one of the three is missing, or the value cannot be compared so.
  public init(_ text: String) throws(FieldConditionError) {
    guard let start = text.firstIndex(where: { "=!<>".contains($0) }),
      let comparison = Comparison.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
    else {
      throw FieldConditionError(text: text, problem: "has no comparison in it: use =, !=, <, <=, > or >=")
    }
    guard start > text.startIndex else {
      throw FieldConditionError(text: text, problem: "does not name a field in front of \(comparison.rawValue)")
    }
    let value = FieldValue(String(text[text.index(start, offsetBy: comparison.rawValue.count)...]))
    if comparison.isOrdering, value.number == nil, value.time == nil {
      throw FieldConditionError(
        text: text,
        problem: "compares with \"\(value.text)\", but \(comparison.rawValue) takes a number, or a time such as "
          + "2025-02-01T06:00")
    }
    field = String(text[..<start])
    self.comparison = comparison
    self.value = value
    name = Array(field.utf8)
  }

  /// Whether a message fulfils the condition.
  public func holds(for message: MessageFields) -> Bool {
    let found = message.field(name)?.value
    switch comparison {
    case .equal: return found.map { value.isEqual(to: $0) } ?? value.bytes.isEmpty
    case .notEqual: return !(found.map { value.isEqual(to: $0) } ?? value.bytes.isEmpty)
    default: break
    }
    guard let found, let order = value.order(of: found) else { return false }
    switch comparison {
    case .less: return order < 0
    case .lessOrEqual: return order <= 0
    case .greater: return order > 0
    default: return order >= 0
    }
  }
}

/// A text that is no condition.
public struct FieldConditionError: Error, Equatable, CustomStringConvertible {
  public var text: String
  public var problem: String

  public var description: String { "\"\(text)\" \(problem)" }
}
