/// Bytes that are no UTF-8 as a value in a message, so that they come back as they were.
///
/// JSON has only text. Such bytes are an object `{"bytes":"München"}`, whose text has one character for each byte, U+0000 to
/// U+00FF: what the bytes say in Latin-1.
extension JSONValue {
  /// The bytes that this value stands for, where it is such an object.
  public var rawBytes: [UInt8]? {
    guard case .object(let members) = self, members.count == 1, members[0].name == "bytes",
      case .string(let text) = members[0].value
    else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { return nil }
      bytes.append(byte)
    }
    // what is UTF-8 would have been written as text
    return bytes.firstNonUTF8 == nil ? nil : bytes
  }
}

extension ByteBuffer {
  /// Writes bytes as a JSON value: as a text where they are UTF-8, as an object `{"bytes":"…"}` where they are not.
  public func append(jsonTextOrBytes bytes: UnsafeRawBufferPointer) {
    guard bytes.firstNonUTF8 != nil else { return append(jsonStringOf: bytes) }
    append("{\"bytes\":")
    append(jsonString: String(String.UnicodeScalarView(bytes.lazy.map { Unicode.Scalar($0) })))
    append(UInt8(ascii: "}"))
  }
}

extension UnsafeRawBufferPointer {
  /// The place of the first byte that cannot be part of a text in UTF-8; `nil` where all of it is one.
  public var firstNonUTF8: Int? {
    if allSatisfy({ $0 < 0x80 }) { return nil }
    if String(validating: self, as: UTF8.self) != nil { return nil }
    var decoder = Unicode.UTF8.ForwardParser()
    var bytes = makeIterator()
    var place = 0
    while true {
      switch decoder.parseScalar(from: &bytes) {
      case .valid(let scalar): place += scalar.count
      case .error: return place
      case .emptyInput: return nil
      }
    }
  }
}

extension [UInt8] {
  /// The place of the first byte that cannot be part of a text in UTF-8; `nil` where all of it is one.
  public var firstNonUTF8: Int? { withUnsafeBytes { $0.firstNonUTF8 } }
}

extension UInt8 {
  /// `0xFC`.
  public var hexadecimal: String { "0x" + (self < 16 ? "0" : "") + String(self, radix: 16, uppercase: true) }
}
