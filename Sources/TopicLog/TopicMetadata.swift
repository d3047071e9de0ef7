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
  /// Where messages of a topic of one's own say when they happened.
  public var timeField: TimeField?

  init(
    identity: TopicIdentity, sealedNext: Int? = nil, isReplacing: Bool = false, timeField: TimeField? = nil
  ) {
    self.identity = identity
    self.sealedNext = sealedNext
    self.isReplacing = isReplacing
    self.timeField = timeField
  }

  /// Reads the `topic.json` of a topic's directory.
  ///
  /// - Returns: Nothing where there is no such file, or it says nothing but how messages are to be read: no topic, or one
  ///   that was made by hand.
  /// - Throws: ``TopicLogError`` where the file is no description of a topic, or of another format version.
  public static func read(directory: String) throws(TopicLogError) -> TopicMetadata? {
    try read(TopicDirectory(directory))
  }

  /// Where the messages of a topic say when they happened, as its `topic.json` has it; of one made by hand as well.
  ///
  /// - Throws: ``TopicLogError`` as ``read(directory:)``.
  public static func timeField(directory: String) throws(TopicLogError) -> TimeField? {
    let directory = TopicDirectory(directory)
    guard let value = try json(directory) else { return nil }
    return try timeField(value, directory)
  }

  private static let advice = "Restore the file, or move the directory away and make the topic again"

  private static func json(_ directory: TopicDirectory) throws(TopicLogError) -> JSONValue? {
    let path = directory.metadataPath
    let content: [UInt8]
    do throws(TopicLogError) {
      content = try LogFile(path, .read).readAll()
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    do {
      return try JSONValue(parsing: content)
    } catch {
      throw TopicLogError(.damaged, "read", path, expected: "a JSON object", actual: "\(error)", advice: advice)
    }
  }

  private static func timeField(
    _ value: JSONValue, _ directory: TopicDirectory
  ) throws(TopicLogError) -> TimeField? {
    func wrong(_ expected: String, _ actual: JSONValue) -> TopicLogError {
      TopicLogError(
        .damaged, "read", directory.metadataPath, expected: expected, actual: "\(actual)", advice: "Correct the file")
    }
    guard let name = value["time_field"] else {
      if let unit = value["time_unit"] { throw wrong("time_field beside time_unit", unit) }
      return nil
    }
    guard let text = name.stringValue, !text.isEmpty else {
      throw wrong("time_field as the name of a member, with dots where it lies within others", name)
    }
    guard let unit = value["time_unit"] else { return TimeField(text) }
    guard let known = unit.stringValue.flatMap({ TimeField.Unit(rawValue: $0) }) else {
      throw wrong("time_unit as one of s, ms, us, ns", unit)
    }
    return TimeField(text, unit: known)
  }

  /// Whether a `topic.json` says only how messages are to be read, and not whose they are: one made by hand.
  private static func isMadeByHand(_ value: JSONValue) -> Bool {
    guard case .object = value, ["time_field", "id_field", "key_field"].contains(where: { value[$0] != nil }) else {
      return false
    }
    return ["format", "topic", "run", "digest", "next", "replacing"].allSatisfy { value[$0] == nil }
  }

  /// Whether there is a `topic.json` that makes a folder a topic even without messages, or that cannot be read as one.
  static func namesTopic(_ directory: TopicDirectory) throws(TopicLogError) -> Bool {
    guard try directory.hasMetadata else { return false }
    do throws(TopicLogError) { return try read(directory) != nil } catch {
      guard error.errno == nil else { throw error }
      return true
    }
  }

  static func read(_ directory: TopicDirectory) throws(TopicLogError) -> TopicMetadata? {
    let path = directory.metadataPath
    guard let value = try json(directory) else { return nil }
    let timeField = try timeField(value, directory)
    if isMadeByHand(value) { return nil }
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
      guard let next = next.countValue else {
        throw TopicLogError(.damaged, "read", path, expected: "next as an offset", actual: "\(next)", advice: advice)
      }
      metadata.sealedNext = next
    }
    metadata.isReplacing = value["replacing"]?.boolValue ?? false
    metadata.timeField = timeField
    return metadata
  }

  func write(_ directory: TopicDirectory) throws(TopicLogError) {
    var members: [JSONValue.Member] = [
      .init("format", .int(Self.formatVersion)), .init("topic", .string(identity.name)),
      .init("run", .string(identity.run)), .init("digest", .string(identity.digest)),
    ]
    if let sealedNext { members.append(.init("next", .int(sealedNext))) }
    if isReplacing { members.append(.init("replacing", true)) }
    if let timeField {
      members.append(.init("time_field", .string(timeField.name)))
      if let unit = timeField.unit { members.append(.init("time_unit", .string(unit.rawValue))) }
    }
    let buffer = ByteBuffer(capacity: 512)
    JSONValue.object(members).write(to: buffer)
    buffer.append("\n")
    try LogFile.replace(directory.metadataPath, with: buffer.bytes)
  }
}
