import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads and writes the files that keys lie in.
public enum KeyFile {
  static let keyLimitBytes = 4096
  static let listLimitBytes = 1 << 20

  /// Reads a secret key and derives its public half. Blocks.
  ///
  /// - Throws: ``KeyFileError`` where it is no secret key file, or others than its owner may read it.
  public static func readKeypair(_ path: String) throws(KeyFileError) -> CurveKeypair {
    let (text, mode) = try read(path, limitBytes: keyLimitBytes)
    do throws(KeyFileError.Reason) {
      let secret = try KeyFileText.key(in: text, as: .secret)
      guard mode & 0o077 == 0 else { throw .readableByOthers }
      do throws(ZeroMQError) { return try CurveKeypair(secretKey: secret) } catch { throw .noCurve(error.message) }
    } catch {
      throw KeyFileError(path: path, reason: error)
    }
  }

  /// Reads a public key. Blocks.
  ///
  /// - Throws: ``KeyFileError`` where it is no public key file.
  public static func readPublicKey(_ path: String) throws(KeyFileError) -> String {
    let (text, _) = try read(path, limitBytes: keyLimitBytes)
    do throws(KeyFileError.Reason) {
      return try KeyFileText.key(in: text, as: .public)
    } catch {
      throw KeyFileError(path: path, reason: error)
    }
  }

  /// Reads a list of authorised keys. Blocks.
  ///
  /// - Throws: ``KeyFileError`` with the line that is wrong, or where everybody may write to the file.
  public static func readAuthorizedKeys(_ path: String) throws(KeyFileError) -> AuthorizedKeys {
    let (text, mode) = try read(path, limitBytes: listLimitBytes)
    guard mode & 0o002 == 0 else { throw KeyFileError(path: path, reason: .writableByOthers) }
    do throws(AuthorizedKeys.LineError) {
      return try AuthorizedKeys(parsing: text)
    } catch {
      throw KeyFileError(path: path, reason: .line(error))
    }
  }

  /// Writes `path.key`, which only its owner may read, and `path.pub`. Blocks.
  ///
  /// - Parameters:
  ///   - path: Of both files, without what they end with; in a folder that exists.
  ///   - mayReplace: Whether files that are there are replaced.
  /// - Throws: ``KeyFileError`` where one is there already, or cannot be written. Then there is no new file.
  public static func write(_ keypair: CurveKeypair, to path: String, mayReplace: Bool = false) throws(KeyFileError) {
    let (secretPath, publicPath) = (path + ".key", path + ".pub")
    let name = fileName(path)
    let secret = KeyFileText.secret(keypair, publicFile: name + ".pub")
    let open = KeyFileText.public(keypair, name: ownerName(name))
    if mayReplace {
      try replace(secretPath, with: secret, mode: 0o600)
      try replace(publicPath, with: open, mode: 0o644)
    } else {
      if access(publicPath, F_OK) == 0 { throw KeyFileError(path: publicPath, reason: .exists) }
      try create(secretPath, with: secret, mode: 0o600)
      do throws(KeyFileError) {
        try create(publicPath, with: open, mode: 0o644)
      } catch {
        unlink(secretPath)
        throw error
      }
    }
  }

  // MARK: Files

  private static func read(_ path: String, limitBytes: Int) throws(KeyFileError) -> (text: String, mode: mode_t) {
    func system() -> KeyFileError { KeyFileError(path: path, reason: .system("read", errno)) }
    // without waiting for a writer, should it be a pipe
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw system() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw system() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw KeyFileError(path: path, reason: .notAFile) }
    var bytes = [UInt8](repeating: 0, count: limitBytes + 1)
    var count = 0
    while count <= limitBytes {
      let got = bytes.withUnsafeMutableBytes { readBytes(descriptor, $0, from: count) }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw system() }
      if got == 0 { break }
      count += got
    }
    guard count <= limitBytes else { throw KeyFileError(path: path, reason: .tooLong(limitBytes)) }
    return (String(decoding: bytes[..<count], as: UTF8.self), status.st_mode)
  }

  /// Creates a file that must not be there.
  private static func create(_ path: String, with text: String, mode: mode_t) throws(KeyFileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw KeyFileError(path: path, reason: errno == EEXIST ? .exists : .system("create", errno))
    }
    var failure: Int32 = 0
    var rest = Array(text.utf8)[...]
    while failure == 0, !rest.isEmpty {
      let written = rest.withUnsafeBytes { writeBytes(descriptor, $0) }
      if written > 0 { rest = rest.dropFirst(written) } else if errno != EINTR { failure = errno }
    }
    if failure == 0, fsync(descriptor) != 0 { failure = errno }
    close(descriptor)
    guard failure == 0 else {
      unlink(path)
      throw KeyFileError(path: path, reason: .system("write", failure))
    }
  }

  /// Puts a new file in the place of an old one, if any, at once.
  private static func replace(_ path: String, with text: String, mode: mode_t) throws(KeyFileError) {
    let partial = path + ".partial"
    unlink(partial)
    try create(partial, with: text, mode: mode)
    guard rename(partial, path) == 0 else {
      let failure = errno
      unlink(partial)
      throw KeyFileError(path: path, reason: .system("replace", failure))
    }
  }

  private static func fileName(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// A file's name as that of a key's owner: one word, not too long.
  private static func ownerName(_ fileName: String) -> String {
    let word = String(fileName.map { $0.isLetter || $0.isNumber || "._@-".contains($0) ? $0 : "-" })
    return word.utf8.count <= AuthorizedKeys.nameLimitBytes ? word : String(word.unicodeScalars.prefix(16))
  }
}

// read(2) and write(2), which methods of these names hide

private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, from start: Int) -> Int {
  read(descriptor, buffer.baseAddress! + start, buffer.count - start)
}

private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
