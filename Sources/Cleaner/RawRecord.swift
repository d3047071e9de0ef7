import Records

/// A raw message taken apart, or why it cannot be.
enum RawRecord {
  case record(JSONValue)
  case malformed(String)

  /// - Parameter fields: The topic's own columns: what is not UTF-8 in another one is nobody's concern here.
  init(_ line: UnsafeRawBufferPointer, fields: Set<String>) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: line)
    } catch {
      let place = line.firstNonUTF8
      self = .malformed(
        place.map { "the message is not UTF-8: byte \(line[$0].hexadecimal) at byte \($0 + 1)" } ?? error.description)
      return
    }
    if let broken = BrokenRow(value) {
      let place = broken.line.map { "line \($0) of the file: " } ?? "the message is "
      self = .malformed(place + broken.problem)
      return
    }
    guard case .object(let members) = value else {
      self = .malformed("the message is \(RawRecord.kind(of: value)) and no object with fields")
      return
    }
    for member in members where fields.contains(member.name) {
      guard let bytes = member.value.rawBytes, let place = bytes.firstNonUTF8 else { continue }
      self = .malformed(
        "\(member.name) is not UTF-8: byte \(bytes[place].hexadecimal) at byte \(place + 1) of the field")
      return
    }
    self = .record(value)
  }

  private static func kind(of value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool: "true or false"
    case .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
