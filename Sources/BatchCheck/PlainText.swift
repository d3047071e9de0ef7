import Records

/// Texts as the batch computation reads them.
enum PlainText {
  /// The bytes without white space at either end.
  static func trimmed(_ text: String) -> ArraySlice<UInt8> {
    let space: [UInt8] = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]
    let bytes = Array(text.utf8)
    let start = bytes.firstIndex { !space.contains($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !space.contains($0) } ?? start - 1
    return bytes[start..<(end + 1)]
  }

  /// A field's text; nothing where it is not there, stands for a missing value, or is no single value.
  static func field(_ message: JSONValue, _ name: String) -> String? {
    let text: String
    switch message[name] {
    case .string(let value), .number(let value): text = value
    case .bool(let flag): text = flag ? "true" : "false"
    case nil, .null, .array, .object: return nil
    }
    return MissingText.contains(text) ? nil : text
  }

  /// A plan or an event type: trimmed and in lower case; nothing where that leaves nothing.
  static func word(_ message: JSONValue, _ name: String) -> String? {
    guard let text = field(message, name) else { return nil }
    let letters = trimmed(text).map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 }
    return letters.isEmpty ? nil : String(decoding: letters, as: UTF8.self)
  }

  static func whole(_ message: JSONValue, _ name: String) -> Int? {
    field(message, name).flatMap { PlainNumber($0)?.whole }
  }

  static func number(_ message: JSONValue, _ name: String) -> Double? {
    field(message, name).flatMap { PlainNumber($0)?.finite }
  }

  static func time(_ message: JSONValue, _ name: String) -> Int? {
    field(message, name).flatMap { PlainTime.seconds($0) }
  }
}
