/// A row of an imported file that could not be taken apart, as a message of a raw topic.
///
/// `{"malformed":"4 fields where the header has 5","line":3,"row":"1,2,3,4"}`, with `"part"` before `"row"` where the row is one
/// part of a line that is too long for one message. Bytes that are no UTF-8 make the row an object, see ``JSONValue/rawBytes``.
public struct BrokenRow: Equatable, Sendable {
  /// Why it could not be taken apart.
  public var problem: String
  /// The line of the file on which it begins, from 1; `nil` where that is not known.
  public var line: Int?
  /// Which part of its line it is, from 1; `nil` where it is all of it.
  public var part: Int?
  /// The row as it lay in the file, without its line end.
  public var row: [UInt8]

  /// Reads a message; a plain text is a row as well, of which nothing else is known.
  ///
  /// - Returns: `nil` where the message is something else.
  public init?(_ message: JSONValue) {
    if case .string(let text) = message {
      (problem, row) = ("a text and no object with fields", Array(text.utf8))
      return
    }
    guard case .object(let members) = message, members.count == 3 || members.count == 4,
      members[0].name == "malformed", case .string(let problem) = members[0].value, members[1].name == "line",
      let line = members[1].value.intValue, let last = members.last, last.name == "row"
    else { return nil }
    if members.count == 4 {
      guard members[2].name == "part", let part = members[2].value.intValue else { return nil }
      self.part = part
    }
    if case .string(let text) = last.value {
      row = Array(text.utf8)
    } else if let bytes = last.value.rawBytes {
      row = bytes
    } else {
      return nil
    }
    (self.problem, self.line) = (problem, line)
  }

  /// Writes such a message without its line feed.
  public static func write(
    problem: String, line: Int, part: Int?, row: UnsafeRawBufferPointer, to out: ByteBuffer
  ) {
    out.append("{\"malformed\":")
    out.append(jsonString: problem)
    out.append(",\"line\":")
    out.append(decimal: line)
    if let part {
      out.append(",\"part\":")
      out.append(decimal: part)
    }
    out.append(",\"row\":")
    out.append(jsonTextOrBytes: row)
    out.append(UInt8(ascii: "}"))
  }
}
