/// Why a text is not JSON: where, counted in bytes, and what was expected there.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  public var byte: Int
  public var expected: String

  public init(byte: Int, expected: String) {
    self.byte = byte
    self.expected = expected
  }

  public var description: String { "not JSON at byte \(byte): expected \(expected)" }
}

extension JSONValue {
  /// Reads one JSON value that takes up all of `bytes`, white space around it aside.
  ///
  /// - Throws: ``JSONError`` where the text is not JSON, not UTF-8, or nested deeper than ``depthLimit``.
  public init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }

  /// Reads one JSON value from text.
  public init(parsing text: String) throws(JSONError) {
    self = try JSONValue(parsing: Array(text.utf8))
  }

  /// Reads one JSON value from UTF-8.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    let result = bytes.withUnsafeBytes { raw in Result { () throws(JSONError) in try JSONValue(parsing: raw) } }
    self = try result.get()
  }
}

/// A recursive-descent parser of RFC 8259 texts.
struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  private var at = 0
  private var depth = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value()
    skipSpace()
    guard at == bytes.count else { throw expected("the end") }
    return value
  }

  private mutating func value() throws(JSONError) -> JSONValue {
    skipSpace()
    guard at < bytes.count else { throw expected("a value") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object() throws(JSONError) -> JSONValue {
    try enter()
    var members: [JSONValue.Member] = []
    skipSpace()
    if !take("}") {
      repeat {
        skipSpace()
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw expected("a member's name") }
        let name = try string()
        skipSpace()
        guard take(":") else { throw expected("\":\"") }
        members.append(.init(name, try value()))
        skipSpace()
      } while take(",")
      guard take("}") else { throw expected("\",\" or \"}\"") }
    }
    depth -= 1
    return .object(members)
  }

  private mutating func array() throws(JSONError) -> JSONValue {
    try enter()
    var elements: [JSONValue] = []
    skipSpace()
    if !take("]") {
      repeat {
        elements.append(try value())
        skipSpace()
      } while take(",")
      guard take("]") else { throw expected("\",\" or \"]\"") }
    }
    depth -= 1
    return .array(elements)
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= JSONValue.depthLimit else { throw expected("at most \(JSONValue.depthLimit) levels") }
    at += 1
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let length = word.utf8CodeUnitCount
    guard bytes.count - at >= length,
      (0..<length).allSatisfy({ bytes[at + $0] == word.utf8Start[$0] })
    else { throw expected("a value") }
    at += length
    return value
  }

  private mutating func number() throws(JSONError) -> String {
    let start = at
    _ = take("-")
    if take("0") {
      // nothing may follow a leading zero
    } else if !digits() {
      throw expected("a value")
    }
    if take(".") {
      guard digits() else { throw expected("a digit") }
    }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      guard digits() else { throw expected("a digit") }
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }

  private mutating func digits() -> Bool {
    let start = at
    while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 { at += 1 }
    return at > start
  }

  private mutating func string() throws(JSONError) -> String {
    at += 1
    // what has no escapes is taken as it stands; otherwise stretches between escapes are copied once each
    var content: [UInt8] = []
    var start = at
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start..<at])
        let text: String?
        if content.isEmpty {
          text = String(validating: rest, as: UTF8.self)
        } else {
          content.append(contentsOf: rest)
          text = String(validating: content, as: UTF8.self)
        }
        guard let text else { throw expected("UTF-8 in the string") }
        at += 1
        return text
      case UInt8(ascii: "\\"):
        content.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[start..<at]))
        at += 1
        try escape(into: &content)
        start = at
      case 0..<0x20: throw expected("no control character in a string")
      default: at += 1
      }
    }
    throw expected("the string's end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard at < bytes.count else { throw expected("an escape") }
    let kind = bytes[at]
    at += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(kind)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      var scalar = try hexadecimal()
      if scalar & 0xFC00 == 0xD800 {
        guard take("\\"), take("u") else { throw expected("the second half of a surrogate pair") }
        let low = try hexadecimal()
        guard low & 0xFC00 == 0xDC00 else { throw expected("the second half of a surrogate pair") }
        scalar = 0x10000 + ((scalar & 0x3FF) << 10) + (low & 0x3FF)
      }
      guard let unicode = Unicode.Scalar(scalar) else { throw expected("a Unicode character") }
      content.append(contentsOf: unicode.utf8)
    default: throw expected("an escape")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    guard bytes.count - at >= 4 else { throw expected("four hexadecimal digits") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      switch bytes[at] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(bytes[at] - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(bytes[at] - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(bytes[at] - UInt8(ascii: "A") + 10)
      default: throw expected("four hexadecimal digits")
      }
      at += 1
    }
    return value
  }

  private mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x0A, 0x0D, 0x09: at += 1
      default: return
      }
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  private func expected(_ what: String) -> JSONError { JSONError(byte: at, expected: what) }
}
