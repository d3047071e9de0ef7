/// The texts that stand for a missing value: the empty one and the words that pandas reads as such.
///
/// Source: the default `na_values` of `pandas.read_csv`. Compared as they stand, before any trimming.
public enum MissingText {
  static let words: Set<String> = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
  ]

  public static func contains(_ text: String) -> Bool { words.contains(text) }

  /// Whether a text cannot be one of the words: decided by its length and first byte alone.
  @inline(__always)
  public static func excludes(_ text: ByteSpan) -> Bool {
    if text.count > 8 { return true }
    if text.count == 0 { return false }
    switch text.start[0] {
    case UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "1"), UInt8(ascii: "<"), UInt8(ascii: "N"),
      UInt8(ascii: "n"):
      return false
    default: return true
    }
  }
}
