extension Unicode.Scalar {
  /// Whether it acts on a terminal, or on how a line is read, where others are only seen: controls, marks that turn the
  /// direction of writing, line separators, and what has no width and no other use in a text.
  public var actsOnTerminals: Bool {
    switch value {
    case 0..<0x20, 0x7F...0x9F: true
    // U+061C, U+200E and U+200F turn the direction, as do U+202A to U+202E and U+2066 to U+2069
    case 0x61C, 0x180E, 0x200B, 0x200E...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
    case 0xE0000...0xE007F: true
    default: false
    }
  }
}

/// Texts from elsewhere as they may be shown: names and values come from files, the network and other people.
public enum VisibleText {
  /// How a scalar that is not shown as it is, is written.
  public enum Style: Sendable {
    /// As in Swift: `\u{1B}`.
    case words
    /// As in JSON strings, where the text stays JSON: `\u001b`.
    case json
  }

  /// A text with an escape in place of everything that acts on terminals.
  ///
  /// - Parameter allowed: What stays as it is all the same.
  public static func of(_ text: String, as style: Style = .words, allowing allowed: Set<Unicode.Scalar> = []) -> String
  {
    func isKept(_ scalar: Unicode.Scalar) -> Bool { !scalar.actsOnTerminals || allowed.contains(scalar) }
    guard !text.unicodeScalars.allSatisfy(isKept) else { return text }
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isKept(scalar) { shown.append(scalar) } else { shown += escape(scalar, style).unicodeScalars }
    }
    return String(shown)
  }

  private static func escape(_ scalar: Unicode.Scalar, _ style: Style) -> String {
    switch style {
    case .words: "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
    case .json:
      String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }
}
