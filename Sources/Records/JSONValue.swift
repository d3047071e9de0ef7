/// A JSON value whose numbers keep their text, and whose objects keep their order.
///
/// Made for small things: headers, requests, `topic.json`, and the records that a codec's straight road does not take.
/// Reading follows RFC 8259; of members with the same name the last one counts.
public indirect enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number, as it was written.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  public struct Member: Equatable, Sendable {
    public var name: String
    public var value: JSONValue
    public init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// How deep arrays and objects may lie in each other before a text is refused.
  public static let depthLimit = 64

  public static func int(_ value: Int) -> JSONValue { .number(String(value)) }
  /// A double, as its shortest round-trip text; what is not finite as one of the texts `inf`, `-inf` and `nan`.
  public static func double(_ value: Double) -> JSONValue {
    let buffer = ByteBuffer(capacity: 64)
    buffer.append(double: value)
    let text = String(decoding: buffer.bytes, as: UTF8.self)
    return value.isFinite ? .number(text) : .string(text)
  }

  /// The last member of that name, where this is an object that has one.
  public subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  public var stringValue: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  public var intValue: Int? {
    if case .number(let text) = self { return Int(text) }
    return nil
  }

  /// Offsets, counts and the like beyond this are not believed: sums of them do not overflow, and every JSON reader
  /// keeps them exact.
  public static let largestCount = 1 << 53

  /// A whole number from 0 that counts something, or `nil` where it is none, or beyond ``largestCount``.
  public var countValue: Int? { intValue.flatMap { (0...JSONValue.largestCount).contains($0) ? $0 : nil } }

  /// A number as the double nearest to it, or what one of the texts `inf`, `-inf` and `nan` stands for.
  public var doubleValue: Double? {
    switch self {
    case .number(let text): Double(text)
    case .string(let text): text.utf8.withContiguousStorageIfAvailable { NumberText.nonFinite(.init($0)) } ?? nil
    default: nil
    }
  }

  public var boolValue: Bool? {
    if case .bool(let flag) = self { return flag }
    return nil
  }

  public var arrayValue: [JSONValue]? {
    if case .array(let elements) = self { return elements }
    return nil
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}

extension JSONValue: CustomStringConvertible {
  /// The compact text of this value.
  public var description: String {
    let buffer = ByteBuffer(capacity: 256)
    write(to: buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  /// Appends the compact text of this value.
  public func write(to buffer: ByteBuffer) {
    switch self {
    case .null: buffer.append("null")
    case .bool(true): buffer.append("true")
    case .bool(false): buffer.append("false")
    case .number(let text): buffer.append(text)
    case .string(let text): buffer.append(jsonString: text)
    case .array(let elements):
      buffer.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        element.write(to: buffer)
      }
      buffer.append(UInt8(ascii: "]"))
    case .object(let members):
      buffer.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        buffer.append(jsonString: member.name)
        buffer.append(UInt8(ascii: ":"))
        member.value.write(to: buffer)
      }
      buffer.append(UInt8(ascii: "}"))
    }
  }
}

extension ByteBuffer {
  /// Writes a JSON string: quoted, with only the escapes that RFC 8259 demands.
  public func append(jsonString text: String) {
    var text = text
    text.withUTF8 { append(jsonStringOf: UnsafeRawBufferPointer($0)) }
  }

  /// Writes valid UTF-8 as a JSON string.
  public func append(jsonStringOf bytes: UnsafeRawBufferPointer) {
    append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20:
        append("\\u00")
        append(hexDigit(byte >> 4))
        append(hexDigit(byte & 15))
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}

func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
