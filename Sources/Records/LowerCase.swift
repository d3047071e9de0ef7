extension String {
  /// The text in lower case as Python's `str.lower()` gives it: by Unicode's full mapping, with the small sigma that ends a
  /// word (Σ becomes ς behind a letter that no letter follows).
  ///
  /// Source: The Unicode Standard, 3.13, "Default Case Conversion", with the condition Final_Sigma.
  public var inLowerCase: String {
    if utf8.allSatisfy({ $0 < 0x80 && $0 &- UInt8(ascii: "A") >= 26 }) { return self }
    let scalars = Array(unicodeScalars)
    var text = ""
    text.reserveCapacity(utf8.count)
    for (index, scalar) in scalars.enumerated() {
      if scalar == "Σ" {
        text.unicodeScalars.append(String.endsWord(scalars, at: index) ? "ς" : "σ")
      } else {
        text += scalar.properties.lowercaseMapping
      }
    }
    return text
  }

  /// Whether a cased letter comes before a place and none behind it, characters that case ignores left out.
  private static func endsWord(_ scalars: [Unicode.Scalar], at place: Int) -> Bool {
    let before = scalars[..<place].last { !$0.properties.isCaseIgnorable }
    let behind = scalars[(place + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && behind?.properties.isCased != true
  }
}
