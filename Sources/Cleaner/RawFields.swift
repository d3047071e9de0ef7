import Records

/// The text of one raw field, whatever JSON form it came in.
enum RawField: Equatable {
  /// Not there, null, or a word for a missing value.
  case missing
  case text(String)
  /// An array or object where a single value belongs.
  case unreadable

  init(_ value: JSONValue?) {
    switch value {
    case nil, .null: self = .missing
    case .string(let text): self = MissingText.contains(text) ? .missing : .text(text)
    case .number(let text): self = .text(text)
    case .bool(let flag): self = .text(flag ? "true" : "false")
    case .array, .object: self = .unreadable
    }
  }

  /// What a rejection says of this field.
  func problem(_ name: String, _ expectation: String) -> String {
    switch self {
    case .missing: "\(name) is missing"
    case .unreadable: "\(name) is not a single value"
    case .text(let text): "\(name) is \(text.visible(limit: 120)), \(expectation)"
    }
  }

  var integer: Int? {
    guard case .text(var text) = self else { return nil }
    return text.withUTF8 { NumberText.integer(UnsafeRawBufferPointer($0)) }
  }

  var double: Double? {
    guard case .text(var text) = self else { return nil }
    return text.withUTF8 { NumberText.double(UnsafeRawBufferPointer($0)) }
  }

  var time: EventTime? {
    guard case .text(var text) = self else { return nil }
    return text.withUTF8 { EventTime(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// The text trimmed and in lower case, as plans and event types are kept; `nil` where that leaves nothing.
  var keyword: String? {
    guard case .text(var text) = self else { return nil }
    let trimmed = text.withUTF8 { String(decoding: UnsafeRawBufferPointer($0).trimmed, as: UTF8.self) }
    return trimmed.isEmpty ? nil : trimmed.inLowerCase
  }
}
