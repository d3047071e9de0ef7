extension String {
  /// The text in quotes, with whatever a person could not see or would take for something else as an escape: `"a\u{00A0}b"`.
  ///
  /// Escaped are control and format characters (bidirectional ones among them), blanks other than the one of the keyboard,
  /// line separators, characters that are not assigned or show nothing, quotes and backslashes.
  public var visible: String { visible(limit: .max) }

  /// The same, of a long text only so many characters, and how long it is.
  public func visible(limit: Int) -> String {
    var text = "\""
    var count = 0
    for scalar in unicodeScalars {
      if count == limit {
        return text + "\"… (\(utf8.count) bytes)"
      }
      count += 1
      scalar.writeVisibly(to: &text)
    }
    return text + "\""
  }
}

extension String {
  /// The text with the same escapes, but without quotes: for names in a table.
  public var withInvisibleEscaped: String {
    if unicodeScalars.allSatisfy(\.isVisible) { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isVisible { text.unicodeScalars.append(scalar) } else { text += scalar.escape }
    }
  }
}

extension Unicode.Scalar {
  /// Whether a person would see this character for what it is.
  public var isVisible: Bool {
    if value < 0x7F { return value >= 0x20 }
    switch properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned, .surrogate, .privateUse:
      return false
    default: return !properties.isDefaultIgnorableCodePoint && self != "\u{2800}"
    }
  }

  /// How this character is written where it would not be seen: `\n`, `\r`, `\t`, or `\u{00A0}`.
  public var escape: String {
    switch self {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(value, radix: 16, uppercase: true)
      return "\\u{" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "}"
    }
  }

  fileprivate func writeVisibly(to text: inout String) {
    if self == "\"" || self == "\\" {
      text += "\\"
      text.unicodeScalars.append(self)
    } else if isVisible {
      text.unicodeScalars.append(self)
    } else {
      text += escape
    }
  }
}
