/// What a topic may be called, wherever its name comes from: a name becomes the name of a folder, the first frame of
/// messages, and a word in sentences.
public enum TopicName {
  /// The longest name, in bytes of UTF-8.
  public static let limitBytes = 128

  /// Names of files that Daylapse keeps among the topics.
  private static let reserved: Set<String> = ["run.lock"]

  public static func isValid(_ name: String) -> Bool { problem(of: name) == nil }

  /// Why a text is no topic's name, as it follows "a topic's name"; `nil` where it is one.
  public static func problem(of name: String) -> String? {
    if name.isEmpty { return "is not empty" }
    if name.utf8.count > limitBytes { return "has at most \(limitBytes) bytes" }
    if name.hasPrefix(".") { return "does not begin with a dot" }
    if reserved.contains(name) { return "is not that of a file which lies among the topics" }
    for scalar in name.unicodeScalars {
      if scalar == "/" || scalar == "\\" { return "has no slash in it" }
      if scalar.actsOnTerminals { return "has no characters in it that cannot be seen" }
      switch scalar.properties.generalCategory {
      case .spaceSeparator where scalar != " ": return "has no spaces in it but ordinary ones"
      case .surrogate, .unassigned, .privateUse: return "has no characters in it without a meaning"
      default: break
      }
    }
    if name.hasPrefix(" ") || name.hasSuffix(" ") { return "neither begins nor ends with a space" }
    return nil
  }
}
