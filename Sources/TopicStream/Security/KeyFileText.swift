import ZeroMQ

/// The text of a key file: comment lines, of which the first says what it is, and a line with the key.
///
/// A public key's line goes on with a name, so that it can be appended to a file of authorised keys as it is.
public enum KeyFileText {
  public enum Kind: String, Sendable {
    case secret
    case `public`

    /// Names the other half's file.
    var suffix: String { self == .secret ? ".key" : ".pub" }
  }

  /// The text of a secret key's file.
  public static func secret(_ keypair: CurveKeypair, publicFile: String) -> String {
    """
    # Daylapse secret key: whoever has it can act in its name, so it stays on this machine. Its public half: \(publicFile)
    \(keypair.secretKey)

    """
  }

  /// The text of a public key's file.
  ///
  /// - Parameter name: Without blanks.
  public static func `public`(_ keypair: CurveKeypair, name: String) -> String {
    """
    # Daylapse public key: for those who connect to its owner, and for files of authorised keys
    \(keypair.publicKey) \(name)

    """
  }

  static func isComment(_ line: Substring) -> Bool {
    // no key begins with #: five characters of Z85 that did would be more than four bytes
    line.first { !$0.isWhitespace } == "#"
  }

  static func kind(ofComment line: Substring) -> Kind? {
    if line.contains("Daylapse secret key") { return .secret }
    if line.contains("Daylapse public key") { return .public }
    return nil
  }

  /// The key in a file's text.
  ///
  /// - Returns: 40 characters of Z85.
  /// - Throws: ``KeyFileError/Reason`` that shows nothing of the text.
  static func key(in text: String, as wanted: Kind) throws(KeyFileError.Reason) -> String {
    var found: String?
    for line in text.split(whereSeparator: \.isNewline) {
      if isComment(line) {
        if let kind = kind(ofComment: line), kind != wanted { throw .isOtherHalf(wanted: wanted) }
        continue
      }
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let word = words.first else { continue }
      guard found == nil else { throw .severalKeys }
      let key = String(word)
      guard key.utf8.count == 40 else { throw .wrongLength(key.utf8.count) }
      guard CurveKeypair.isKey(key) else { throw .notZ85 }
      found = key
    }
    guard let found else { throw .noKey }
    return found
  }
}
