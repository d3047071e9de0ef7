/// What is wrong with a row that is no proper CSV.
public enum CSVFault: String, Sendable, CustomStringConvertible {
  /// A field begins with a quote that is never closed, or not within the limit of a row.
  case unclosedQuote
  /// Something other than a comma or a line end follows a closing quote.
  case textAfterQuote
  /// The line is longer than the reader's limit, and this is a part of it.
  case tooLong

  public var description: String {
    switch self {
    case .unclosedQuote: "a quote is never closed"
    case .textAfterQuote: "text follows a closing quote"
    case .tooLong: "the row is too long"
    }
  }
}
