import Records

/// What a publisher answers to `describe`, as far as those who consume its topics need it.
public struct PublisherDescription: Equatable, Sendable {
  public struct Topic: Equatable, Sendable {
    public var name: String
    public var run: String
    public var epoch: Int
    /// The offset of the first message.
    public var first: Int
    /// The offset behind the last message that was published.
    public var next: Int
    public var hasEnded: Bool
    public var watermark: EventTime?
    /// What the messages hold, as JSON Schema.
    public var schema: JSONValue
    /// Where messages say when they happened, where the schema does not say it.
    public var timeField: TimeField?

    init?(_ json: JSONValue) {
      guard let name = json["topic"]?.stringValue, let run = json["run"]?.stringValue,
        let next = json["next"]?.countValue
      else { return nil }
      self.name = name
      self.run = run
      self.next = next
      epoch = json["epoch"]?.countValue ?? 0
      first = json["first"]?.countValue ?? 0
      hasEnded = json["ended"]?.boolValue ?? false
      watermark = json["watermark"]?.stringValue.flatMap { EventTime($0) }
      schema = json["schema"] ?? .object([])
      if let field = json["time_field"]?.stringValue, !field.isEmpty {
        timeField = TimeField(field, unit: json["time_unit"]?.stringValue.flatMap { TimeField.Unit(rawValue: $0) })
      }
    }
  }

  public var name: String
  /// None while the publisher does not know them itself: a stage learns its run from the one before it.
  public var topics: [Topic]

  init(_ json: JSONValue) {
    name = json["name"]?.stringValue ?? ""
    topics = (json["topics"]?.arrayValue ?? []).compactMap { Topic($0) }
  }

  /// The topic of that name, if the publisher has it.
  public func topic(_ name: String) -> Topic? { topics.first { $0.name == name } }
}

extension ServiceClient {
  /// Asks what the publisher has.
  ///
  /// - Throws: ``ServiceError`` where no answer came in time; ``LinkProblem`` where it does not let this client in.
  public func describe(timeoutMilliseconds: Int = 5000) throws -> PublisherDescription {
    PublisherDescription(try request("describe", timeoutMilliseconds: timeoutMilliseconds))
  }

  /// Asks for the first offset at which event time has come so far; that of the next message to come where it has not.
  ///
  /// - Throws: As ``describe(timeoutMilliseconds:)``, and ``ServiceError`` where there is no such topic, or its messages
  ///   have no times.
  public func offset(of topic: String, at time: EventTime, timeoutMilliseconds: Int = 5000) throws -> Int {
    try header(of: topic, at: time, timeoutMilliseconds: timeoutMilliseconds).offset
  }

  /// As ``offset(of:at:timeoutMilliseconds:)``, with all that the publisher says: without a message at that offset the
  /// time has not come yet, or, where the topic has ended, does not come any more.
  public func header(of topic: String, at time: EventTime, timeoutMilliseconds: Int = 5000) throws -> DataHeader {
    try DataHeader(
      try request(
        "fetch", [.init("topic", .string(topic)), .init("time", .string(time.description)), .init("max_bytes", 1)],
        timeoutMilliseconds: timeoutMilliseconds))
  }
}
