/// What a finished file is.
public struct OutputFileSummary: Equatable, Sendable {
  /// The file's path.
  public let path: String
  /// The file's size, as it lies on disk.
  public let bytes: Int
  /// The SHA-256 of the file, as it lies on disk: 64 lowercase hexadecimal digits.
  public let sha256: String
  /// The size of what was written, before compression.
  public let contentBytes: Int

  public init(path: String, bytes: Int, sha256: String, contentBytes: Int) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
    self.contentBytes = contentBytes
  }
}
