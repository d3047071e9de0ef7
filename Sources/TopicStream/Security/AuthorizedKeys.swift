import ZeroMQ

/// Whose keys a publisher lets in, and what each may do.
///
/// As text, one key a line: the public key, after it a name if there is one, after that rights if there are any, with
/// blanks between. Lines that are empty or begin with `#` are left out.
///
///     # who may watch, and who may also pause
///     <40 characters>  alice
///     <40 characters>  bob    control
public struct AuthorizedKeys: Sendable, Equatable {
  /// Somebody who is let in.
  public struct Entry: Sendable, Equatable {
    /// 40 characters of Z85.
    public var publicKey: String
    /// What requests are attributed to: unique among the entries. The key itself where none was given.
    public var name: String
    public var rights: Set<Right>

    /// An entry; without a name the key stands in for it.
    public init(publicKey: String, name: String? = nil, rights: Set<Right> = []) {
      self.publicKey = publicKey
      self.name = name ?? publicKey
      self.rights = rights
    }
  }

  /// What a key may do besides consuming.
  public enum Right: String, Sendable, CaseIterable {
    /// Asking for the verb `control`.
    case control
  }

  /// A line that is none, with advice. Shows no key.
  public struct LineError: Error, Equatable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    public var reason: String

    public var description: String { "line \(line): \(reason)" }
  }

  public static let nameLimitBytes = 64

  public private(set) var entries: [Entry]

  /// - Parameter entries: With different keys and different names.
  public init(_ entries: [Entry] = []) { self.entries = entries }

  /// Takes a file's text apart.
  ///
  /// - Throws: ``LineError`` for the first line that cannot be right, such as a secret key file's, or one that gives a
  ///   key or a name for the second time.
  public init(parsing text: String) throws(LineError) {
    entries = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard let key = words.first else { continue }
      if KeyFileText.isComment(line) {
        guard KeyFileText.kind(ofComment: line) != .secret else {
          throw LineError(line: index + 1, reason: "a secret key file; the public one beside it belongs here")
        }
        continue
      }
      do {
        try add(key, Array(words.dropFirst()))
      } catch {
        throw LineError(line: index + 1, reason: error.reason)
      }
    }
  }

  /// The rights of whoever is known by a name; none for somebody unknown.
  public func rights(of name: String) -> Set<Right> { entries.first { $0.name == name }?.rights ?? [] }

  /// Whether any entry names a right. Where none does, nobody thought of rights, and everybody has them all.
  public var namesRights: Bool { entries.contains { !$0.rights.isEmpty } }

  /// The user id of each key.
  var users: [String: String] {
    Dictionary(entries.map { ($0.publicKey, $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  /// With a key that may do everything, as a publisher's own, whether it was listed or not.
  func adding(owner publicKey: String) -> AuthorizedKeys {
    var keys = self
    if let index = entries.firstIndex(where: { $0.publicKey == publicKey }) {
      // a listed one keeps its name
      keys.entries[index].rights = Set(Right.allCases)
    } else {
      keys.entries.append(Entry(publicKey: publicKey, rights: Set(Right.allCases)))
    }
    return keys
  }

  private struct WordError: Error { var reason: String }

  private mutating func add(_ key: String, _ words: [String]) throws(WordError) {
    guard CurveKeypair.isKey(key) else {
      let count = key.utf8.count
      throw WordError(
        reason: count == 40
          ? "the first word is no key: a character of it is not of Z85"
          : "the first word is no key: it has \(count) characters, not 40")
    }
    let name = words.first
    if let name,
      name.utf8.count > AuthorizedKeys.nameLimitBytes || name.unicodeScalars.contains(where: { $0.value < 32 })
    {
      throw WordError(reason: "the name is longer than \(AuthorizedKeys.nameLimitBytes) bytes, or no text")
    }
    var rights: Set<Right> = []
    for word in words.dropFirst() {
      guard let right = Right(rawValue: word) else {
        let known = Right.allCases.map(\.rawValue).joined(separator: ", ")
        throw WordError(reason: "there is no right \"\(word.prefix(40))\"; there is \(known)")
      }
      rights.insert(right)
    }
    let entry = Entry(publicKey: key, name: name, rights: rights)
    if entries.contains(where: { $0.publicKey == key }) { throw WordError(reason: "the same key as in a line above") }
    if entries.contains(where: { $0.name == entry.name }) {
      throw WordError(reason: "\"\(entry.name)\" is the name of another key above")
    }
    entries.append(entry)
  }
}
