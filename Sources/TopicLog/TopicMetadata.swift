import Records

/// What `topic.json` says: all about a topic that its records do not.
public struct TopicMetadata: Equatable, Sendable {
  /// The format that this version reads and writes.
  public static let formatVersion = 1

  public var identity: TopicIdentity
  /// The offset behind the last record, once the topic is complete.
  public var sealedNext: Int?
  /// Whether older segments are still being removed to make place for this topic; they do not belong to it.
  var isReplacing = false

  init(identity: TopicIdentity, sealedNext: Int? = nil, isReplacing: Bool = false) {
    self.identity = identity
    self.sealedNext = sealedNext
    self.isReplacing = isReplacing
  }

  /// Reads the `topic.json` of a topic's directory.
  ///
  /// - Returns: Nothing where there is no such file: no topic, or one that was made by hand.
  /// - Throws: ``TopicLogError`` where the file is no description of a topic, or of another format version.
  public static func read(directory: String) throws(TopicLogError) -> TopicMetadata? {
    try read(TopicDirectory(directory))
  }

  static func read(_ directory: TopicDirectory) throws(TopicLogError) -> TopicMetadata? {
    let path = directory.metadataPath
    let content: [UInt8]
    do throws(TopicLogError) {
      content = try LogFile(path, .read).readAll()
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    let advice = "Restore the file, or move the directory away and make the topic again"
    let value: JSONValue
    do {
      value = try JSONValue(parsing: content)
    } catch {
      throw TopicLogError(.damaged, "read", path, expected: "a JSON object", actual: "\(error)", advice: advice)
    }
    guard let format = value["format"]?.intValue else {
      throw TopicLogError(.damaged, "read", path, expected: "a format version", actual: "none", advice: advice)
    }
    guard format == formatVersion else {
      throw TopicLogError(
        .unsupportedFormat, "read", path, expected: "format \(formatVersion)", actual: "format \(format)",
        advice: "Use the version of Daylapse that wrote it, or move the directory away and make the topic again")
    }
    guard let name = value["topic"]?.stringValue, let run = value["run"]?.stringValue,
      let digest = value["digest"]?.stringValue
    else {
      throw TopicLogError(
        .damaged, "read", path, expected: "topic, run and digest", actual: "\(value)", advice: advice)
    }
    var metadata = TopicMetadata(identity: TopicIdentity(name: name, run: run, digest: digest))
    if let next = value["next"] {
      guard let next = next.intValue, next >= 0 else {
        throw TopicLogError(.damaged, "read", path, expected: "next as an offset", actual: "\(next)", advice: advice)
      }
      metadata.sealedNext = next
    }
    metadata.isReplacing = value["replacing"]?.boolValue ?? false
    return metadata
  }

  func write(_ directory: TopicDirectory) throws(TopicLogError) {
    var members: [JSONValue.Member] = [
      .init("format", .int(Self.formatVersion)), .init("topic", .string(identity.name)),
      .init("run", .string(identity.run)), .init("digest", .string(identity.digest)),
    ]
    if let sealedNext { members.append(.init("next", .int(sealedNext))) }
    if isReplacing { members.append(.init("replacing", true)) }
    let buffer = ByteBuffer(capacity: 512)
    JSONValue.object(members).write(to: buffer)
    buffer.append("\n")
    try LogFile.replace(directory.metadataPath, with: buffer.bytes)
  }
}
