/// Names all that decides the content of something that is written: what makes it, in which version, and every input and
/// option by its name.
///
/// Two fingerprints are equal exactly when the same bytes come out. The text is written out by hand where it is made,
/// option by option, so that it changes when an option does and never because code was renamed:
/// `clean 2 strict=no`.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
  private let maker: String
  private let version: Int
  private var values: [(name: String, value: String)] = []

  /// - Parameters:
  ///   - maker: One word for what writes: `generate`, `clean`.
  ///   - version: Grows when the same options give other bytes than before.
  public init(_ maker: String, version: Int) {
    self.maker = maker
    self.version = version
  }

  /// Adds a value as text. Blanks, `=`, `%` and what is not visible ASCII are written as `%` and two hexadecimal digits
  /// a byte.
  public mutating func add(_ name: String, _ value: String) { values.append((name, Self.escaped(value))) }

  public mutating func add(_ name: String, _ value: some BinaryInteger) { add(name, String(value)) }

  /// Adds a number as the shortest text that reads back as the same one.
  public mutating func add(_ name: String, _ value: Double) { add(name, value.description) }

  public mutating func add(_ name: String, _ value: Bool) { add(name, value ? "yes" : "no") }

  public var description: String {
    (["\(maker) \(version)"] + values.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
  }

  /// What a fingerprint's text says of one input or option.
  ///
  /// - Returns: `nil` where the text names none of this name.
  public static func value(of name: String, in text: String) -> String? {
    text.split(separator: " ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
  }

  public static func == (one: Fingerprint, other: Fingerprint) -> Bool { one.description == other.description }

  public func hash(into hasher: inout Hasher) { hasher.combine(description) }

  private static func escaped(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "="), byte != UInt8(ascii: "%") {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        out += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return out
  }
}
