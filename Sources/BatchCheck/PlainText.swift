import Records

/// Texts as the batch computation reads them.
enum PlainText {
  /// The characters that Python's `str.strip` takes away.
  private static let space: Set<Unicode.Scalar> = {
    let ranges: [ClosedRange<UInt32>] = [
      0x09...0x0D, 0x1C...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
      0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ]
    return Set(ranges.joined().compactMap { Unicode.Scalar($0) })
  }()

  /// The bytes without white space at either end.
  static func trimmed(_ text: String) -> ArraySlice<UInt8> {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !space.contains($0) }),
      let last = scalars.lastIndex(where: { !space.contains($0) })
    else { return [] }
    return Array(text.utf8[first..<scalars.index(after: last)])[...]
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
    let letters = lowerCase(String(decoding: trimmed(text), as: UTF8.self))
    return letters.isEmpty ? nil : letters
  }

  /// A text as Python's `str.lower` gives it: letter by letter, but that a sigma looks at its neighbours.
  private static func lowerCase(_ text: String) -> String {
    let letters = text.unicodeScalars.map { $0.properties }
    // whether the last letter that counts before each place is a cased one
    var isBehindLetter = false
    var lower: [String] = []
    for (scalar, properties) in zip(text.unicodeScalars, letters) {
      lower.append(scalar == "\u{3A3}" && isBehindLetter ? "\u{3C2}" : properties.lowercaseMapping)
      if !properties.isCaseIgnorable { isBehindLetter = properties.isCased }
    }
    // and the same from the end: what a letter follows is no end
    var isBeforeLetter = false
    for (index, properties) in letters.enumerated().reversed() {
      if lower[index] == "\u{3C2}", isBeforeLetter, properties.isUppercase { lower[index] = "\u{3C3}" }
      if !properties.isCaseIgnorable { isBeforeLetter = properties.isCased }
    }
    return lower.joined()
  }

  /// Whether one of these columns has bytes that are not UTF-8: an object whose one member `bytes` has a character for each.
  static func hasBytes(_ message: JSONValue, _ columns: [String]) -> Bool {
    guard case .object(let members) = message else { return false }
    return members.contains { member in
      guard columns.contains(member.name), case .object(let inner) = member.value, inner.count == 1,
        inner[0].name == "bytes", let text = inner[0].value.stringValue
      else { return false }
      let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
      return bytes.count == text.unicodeScalars.count && String(validating: bytes, as: UTF8.self) == nil
    }
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
