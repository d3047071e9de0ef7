/// What the messages of a topic hold.
public struct TopicSchema: Sendable {
  public struct Field: Sendable {
    public enum Kind: Sendable {
      case integer, count, number, flag, string, date, time, pane
      /// A number in canonical form, or any text.
      case rawNumber
    }

    public var name: String
    public var kind: Kind
    public var meaning: String
    public var isRequired: Bool

    public init(_ name: String, _ kind: Kind, _ meaning: String, isRequired: Bool = true) {
      self.name = name
      self.kind = kind
      self.meaning = meaning
      self.isRequired = isRequired
    }
  }

  public var topic: String
  public var title: String
  /// In the order of messages.
  public var fields: [Field]
  /// The field that event time is read from.
  public var timeField: EventTimeField?
  /// The same of a topic of one's own.
  public var ownTimeField: TimeField?
  /// Whether messages may have further fields, as raw ones have the extra columns of an export.
  public var allowsOthers: Bool
  /// Whether a message may be a text: a row that could not be taken apart.
  public var allowsText: Bool

  public init(
    topic: String, title: String, fields: [Field], timeField: EventTimeField? = nil, allowsOthers: Bool = false,
    allowsText: Bool = false
  ) {
    self.topic = topic
    self.title = title
    self.fields = fields
    self.timeField = timeField
    self.allowsOthers = allowsOthers
    self.allowsText = allowsText
  }

  public var hasEventTime: Bool { timeField != nil || ownTimeField != nil }

  /// Reads the event time of a message; nothing for topics that have none.
  public var timeOf: @Sendable (UnsafeRawBufferPointer) -> EventTime? {
    if let ownTimeField { return ownTimeField.timeOf }
    guard let timeField else { return { _ in nil } }
    return { timeField.read($0) }
  }

  /// The contract as JSON Schema, 2020-12.
  public var json: JSONValue {
    let properties: [JSONValue.Member] = fields.map { field in
      .init(field.name, .object(field.kind.constraints + [.init("description", .string(field.meaning))]))
    }
    let object: [JSONValue.Member] = [
      .init("type", "object"), .init("properties", .object(properties)),
      .init("required", .array(fields.filter(\.isRequired).map { .string($0.name) })),
      .init("additionalProperties", allowsOthers ? ["type": ["string", "number"]] : false),
    ]
    let head: [JSONValue.Member] = [
      .init("$schema", "https://json-schema.org/draft/2020-12/schema"), .init("title", .string(topic)),
      .init("description", .string(title)),
    ]
    guard allowsText else { return .object(head + object) }
    return .object(head + [.init("anyOf", .array([.object(object), ["type": "string"]]))])
  }
}

extension TopicSchema.Field.Kind {
  var constraints: [JSONValue.Member] {
    switch self {
    case .integer: [.init("type", "integer")]
    case .count: [.init("type", "integer"), .init("minimum", 0)]
    case .number: [.init("type", "number")]
    case .flag: [.init("enum", [0, 1])]
    case .string: [.init("type", "string")]
    case .rawNumber: [.init("type", ["number", "string"])]
    case .date: [.init("type", "string"), .init("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    case .time:
      [.init("type", "string"), .init("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$")]
    case .pane: [.init("enum", ["early", "on_time", "late"])]
    }
  }
}
