import Records

/// How a topic's messages say when they happened: as the catalogue has it, as somebody said, as `topic.json` says, or as
/// the first messages look.
public struct TopicTimes: Sendable {
  /// Where that is known from.
  public enum Source: Equatable, Sendable {
    case catalogue
    /// Whoever gave the command.
    case given
    /// `time_field` in `topic.json`.
    case metadata
    /// The first messages have such a member.
    case found
    case unknown
  }

  /// What is known of the topic's messages, the place of their event time included.
  public let schema: TopicSchema
  public let source: Source
  /// The member that is looked at; of a topic that says nothing the one that it might have, `event_time`.
  public let field: TimeField?
  /// A word about a number whose unit nobody has told, for people.
  public let guess: String?

  /// Whether messages have times, as far as is known without reading all of them.
  public var hasTimes: Bool { schema.hasEventTime }
  public var timeOf: LineTime { schema.timeOf }
  /// Whether sidecars have the times of this very field: others may have written those of topics of one's own.
  public var areIndexed: Bool { source == .catalogue }

  /// The field for others to know; `nil` where messages have no times.
  public var shownField: TimeField? { hasTimes ? field : nil }

  /// Looks at a topic.
  ///
  /// - Parameters:
  ///   - name: The topic's name; a copy in another folder has the schema of its original.
  ///   - directory: The topic's directory.
  ///   - given: What somebody said of a topic of one's own.
  /// - Throws: ``TopicLogError`` where the topic cannot be read.
  public init(_ name: String, directory: String, given: TimeField? = nil) throws(TopicLogError) {
    let metadata = try TopicMetadata.read(directory: directory)
    var schema = TopicCatalogue.schema(of: metadata?.identity.name ?? name)
    if schema.fields.isEmpty { schema = TopicCatalogue.schema(of: name) }
    // a copy in another folder may be read by another field
    guard schema.fields.isEmpty || (given != nil && TopicCatalogue.schema(of: name).fields.isEmpty) else {
      self = TopicTimes(of: schema)
      return
    }
    var said = given
    if said == nil { said = try TopicMetadata.timeField(directory: directory) }
    var field = said ?? TimeField("event_time")
    let values = try TopicTimes.firstValues(
      directory, fields: said == nil ? ["event_time", "as_of_date"] : [field.name])
    if said == nil, let found = values.first(where: { !$0.values.isEmpty }) { field.name = found.name }
    let seen = values.first { $0.name == field.name }?.values ?? []
    var guess: String?
    if field.unit == nil, !seen.contains(where: { field.time($0) != nil }),
      let (value, unit) = seen.lazy.compactMap({ value in TimeField.likelyUnit(of: value).map { (value, $0) } }).first
    {
      field.unit = unit
      guess =
        "\(name): \(field.name) is a number such as \(value), read as \(unit.name) since 1970 "
        + "(\(field.time(value).map { "\($0)" } ?? "no time")): say --time-unit \(unit.rawValue), or \"time_unit\" in its "
        + "topic.json"
    }
    let isReadable = seen.contains { field.time($0) != nil }
    let source: Source = given != nil ? .given : said != nil ? .metadata : isReadable ? .found : .unknown
    if source != .unknown { schema.ownTimeField = field }
    self = TopicTimes(schema: schema, source: source, field: field, guess: guess)
  }

  private init(schema: TopicSchema, source: Source, field: TimeField?, guess: String?) {
    (self.schema, self.source, self.field, self.guess) = (schema, source, field, guess)
  }

  /// What the catalogue knows.
  public init(of schema: TopicSchema) {
    self.init(
      schema: schema, source: schema.fields.isEmpty ? .unknown : .catalogue,
      field: schema.timeField.map { TimeField($0.name) }, guess: nil)
  }

  /// What the first messages have in some places.
  private static func firstValues(
    _ directory: String, fields: [String]
  ) throws(TopicLogError) -> [(name: String, values: [JSONValue])] {
    let first: TopicSlice?
    do throws(TopicLogError) {
      let reader = try TopicReader(directory: directory, timeOf: { _ in nil })
      first = try reader.slice(from: reader.firstOffset, maxBytes: 1 << 14)
    } catch {
      // damage is for whoever reads the messages to tell of
      guard error.code == .damaged || error.code == .notFound else { throw error }
      return []
    }
    guard let slice = first else { return [] }
    return fields.map { name in
      var values: [JSONValue] = []
      slice.withBytes { lines in
        lines.forEachLine { line in
          if let value = TimeField(name).value(in: line), value != .null { values.append(value) }
        }
      }
      return (name, values)
    }
  }

  /// A reader of the topic.
  public func reader(directory: String) throws(TopicLogError) -> TopicReader {
    try TopicReader(directory: directory, timeOf: timeOf, trustsIndexTimes: areIndexed)
  }
}
