import Records

/// The members of a message, one level deep: read anew for every message, without allocating.
///
/// Messages in the form that Daylapse writes, with plain ASCII texts, take a straight road; everything else goes through
/// ``Records/JSONValue``. Both give the same answer. What is no JSON object has no members.
public struct MessageFields {
  /// One member. Valid until the next message is read.
  public struct Field {
    public var name: ByteSpan
    /// A text without quotes and escapes; of other values the JSON.
    public var value: ByteSpan
    public var kind: Kind
  }

  public enum Kind: Equatable, Sendable {
    case text, number
    /// `true`, `false`, `null`, an array or an object.
    case other
  }

  /// In the message's order. Of members with the same name the last one counts.
  public private(set) var fields: [Field] = []
  private let scratch = ByteBuffer(capacity: 1024)

  public init() {}

  /// Reads a message.
  ///
  /// - Parameter line: Without its line feed; must stay where it is as long as the fields are used.
  public mutating func read(_ line: UnsafeRawBufferPointer) {
    fields.removeAll(keepingCapacity: true)
    if readPlain(line) { return }
    fields.removeAll(keepingCapacity: true)
    readAny(line)
  }

  /// The member of that name, if there is one.
  @inline(__always)
  public func field(_ name: [UInt8]) -> Field? {
    for index in stride(from: fields.count - 1, through: 0, by: -1) where fields[index].name.equals(name) {
      return fields[index]
    }
    return nil
  }

  // MARK: The straight road

  /// - Returns: Whether the line is a flat object without white space and escapes, all in ASCII.
  private mutating func readPlain(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let start = line.baseAddress?.assumingMemoryBound(to: UInt8.self), line.count >= 2 else { return false }
    let end = start + line.count
    var at = start
    guard at.pointee == UInt8(ascii: "{") else { return false }
    at += 1
    if at.pointee == UInt8(ascii: "}") { return at + 1 == end }
    while true {
      guard let name = MessageFields.plainText(&at, end), at < end, at.pointee == UInt8(ascii: ":") else {
        return false
      }
      at += 1
      guard at < end else { return false }
      if at.pointee == UInt8(ascii: "\"") {
        guard let text = MessageFields.plainText(&at, end) else { return false }
        fields.append(Field(name: name, value: text, kind: .text))
      } else {
        guard let number = MessageFields.plainNumber(&at, end) else { return false }
        fields.append(Field(name: name, value: number, kind: .number))
      }
      guard at < end else { return false }
      let separator = at.pointee
      at += 1
      if separator == UInt8(ascii: "}") { return at == end }
      guard separator == UInt8(ascii: ","), at < end else { return false }
    }
  }

  /// Reads a quoted text without escapes.
  @inline(__always)
  private static func plainText(_ at: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> ByteSpan? {
    guard at.pointee == UInt8(ascii: "\"") else { return nil }
    let start = at + 1
    at = start
    while at < end, (at.pointee &- 0x20) < 0x5F, at.pointee != UInt8(ascii: "\""), at.pointee != UInt8(ascii: "\\") {
      at += 1
    }
    guard at < end, at.pointee == UInt8(ascii: "\"") else { return nil }
    defer { at += 1 }
    return ByteSpan(start: start, end: at)
  }

  /// Reads a number without exponent; those with one are left to the other road.
  @inline(__always)
  private static func plainNumber(_ at: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> ByteSpan? {
    let start = at
    if at.pointee == UInt8(ascii: "-") { at += 1 }
    let whole = at
    skipDigits(&at, end)
    guard at > whole, at - whole == 1 || whole.pointee != UInt8(ascii: "0") else { return nil }
    if at < end, at.pointee == UInt8(ascii: ".") {
      at += 1
      let fraction = at
      skipDigits(&at, end)
      guard at > fraction else { return nil }
    }
    return ByteSpan(start: start, end: at)
  }

  @inline(__always)
  private static func skipDigits(_ at: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
    while at < end, at.pointee &- UInt8(ascii: "0") < 10 { at += 1 }
  }

  // MARK: The other road

  private mutating func readAny(_ line: UnsafeRawBufferPointer) {
    guard case .object(let members)? = try? JSONValue(parsing: line) else { return }
    scratch.removeAll()
    // the buffer may move while it grows: first everything is written, then pointed at
    var ends: [(name: Int, value: Int, kind: Kind)] = []
    for member in members {
      scratch.append(member.name)
      let name = scratch.count
      let kind: Kind
      switch member.value {
      case .string(let text):
        scratch.append(text)
        kind = .text
      case .number:
        member.value.write(to: scratch)
        kind = .number
      default:
        member.value.write(to: scratch)
        kind = .other
      }
      ends.append((name, scratch.count, kind))
    }
    guard let base = scratch.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var start = 0
    for end in ends {
      fields.append(
        Field(
          name: ByteSpan(start: base + start, end: base + end.name),
          value: ByteSpan(start: base + end.name, end: base + end.value), kind: end.kind))
      start = end.value
    }
  }
}

extension ByteSpan {
  @inline(__always)
  func equals(_ other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where start[index] != other[index] { return false }
    return true
  }
}
