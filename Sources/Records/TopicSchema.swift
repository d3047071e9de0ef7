/// What the messages of a topic hold.
public struct TopicSchema: Sendable {
  public struct Field: Sendable {
    public enum Kind: Sendable {
      case integer, count, number, flag, string, date, time, pane
      /// A number in canonical form, or any text.
      case rawNumber
      /// A text, or an object `{"bytes":"…"}` for what is not UTF-8.
      case textOrBytes
      /// A number, or one of the texts `inf`, `-inf` and `nan`.
      case measure
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
  /// Whether a message may be a text, a row that could not be taken apart, and a value an object `{"bytes":"…"}`, for what is
  /// not UTF-8.
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
      .init(
        field.name,
        .object(field.kind.constraints(orBytes: allowsText) + [.init("description", .string(field.meaning))]))
    }
    let object: [JSONValue.Member] = [
      .init("type", "object"), .init("properties", .object(properties)),
      .init("required", .array(fields.filter(\.isRequired).map { .string($0.name) })),
      .init(
        "additionalProperties",
        allowsOthers ? ["type": allowsText ? ["string", "number", "object"] : ["string", "number"]] : false),
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
  /// - Parameter orBytes: Whether the value may also be an object `{"bytes":"…"}`.
  func constraints(orBytes: Bool) -> [JSONValue.Member] {
    guard orBytes else { return constraints }
    switch self {
    case .string: return [.init("type", ["string", "object"])]
    case .rawNumber: return [.init("type", ["number", "string", "object"])]
    default: return constraints
    }
  }

  var constraints: [JSONValue.Member] {
    switch self {
    case .integer: [.init("type", "integer")]
    case .count: [.init("type", "integer"), .init("minimum", 0)]
    case .number: [.init("type", "number")]
    // the pattern is for texts alone
    case .measure: [.init("type", ["number", "string"]), .init("pattern", "^(-?inf|nan)$")]
    case .flag: [.init("enum", [0, 1])]
    case .string: [.init("type", "string")]
    case .rawNumber: [.init("type", ["number", "string"])]
    case .textOrBytes: [.init("type", ["string", "object"])]
    case .date: [.init("type", "string"), .init("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    case .time:
      [.init("type", "string"), .init("pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$")]
    case .pane: [.init("enum", ["early", "on_time", "late"])]
    }
  }
}
