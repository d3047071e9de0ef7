import Records

/// The second frame of a data message: what the payload is a stretch of.
public struct DataHeader: Equatable, Sendable {
  /// Which run of the topic this is. Offsets of different runs have nothing to do with each other.
  public var run: String
  /// Grows whenever the replay jumps; within an epoch offsets only go forward.
  public var epoch: Int
  /// The offset of the first message in the payload; for a heartbeat, of the next one to come.
  public var offset: Int
  /// How many messages the payload holds; 0 for a heartbeat.
  public var count: Int
  /// The highest event time so far, with this payload; absent before the first.
  public var watermark: EventTime?
  /// The replay clock when this was sent.
  public var clock: EventTime?
  /// Whether the topic has ended and this message reaches its end.
  public var isEnd: Bool
  /// Whether this message reaches the end of the topic's messages, which a replay is about to show once more.
  public var isPassEnd = false
  /// The offset of the topic's first message: 0, unless a replay leaves out what came before.
  public var first: Int
  /// The offset behind everything published so far, where the replay has gone back and this message ends before it.
  public var published: Int?
  /// Whether the topic has ended at ``published``.
  public var isComplete: Bool
  /// In an answer to `fetch`: whether the time that was asked for has not come yet.
  public var isAhead: Bool

  public init(
    run: String, epoch: Int = 0, offset: Int, count: Int, watermark: EventTime? = nil, clock: EventTime? = nil,
    isEnd: Bool = false, first: Int = 0, published: Int? = nil, isComplete: Bool = false, isAhead: Bool = false
  ) {
    self.run = run
    self.epoch = epoch
    self.offset = offset
    self.count = count
    self.watermark = watermark
    self.clock = clock
    self.isEnd = isEnd
    self.first = first
    self.published = published
    self.isComplete = isComplete
    self.isAhead = isAhead
  }

  /// The offset behind the payload.
  public var next: Int { offset + count }

  /// Reads a header; members it does not know are ignored.
  ///
  /// - Throws: ``WireError`` where it is no JSON object, or one of `run`, `epoch`, `offset`, `count` is missing or out
  ///   of range.
  public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: bytes) } catch { throw WireError("header: \(error)") }
    self = try DataHeader(json)
  }

  init(_ json: JSONValue) throws(WireError) {
    guard let run = json["run"]?.stringValue else { throw WireError("header: no \"run\"") }
    guard let offset = json["offset"]?.countValue else { throw WireError("header: no valid \"offset\"") }
    guard let count = json["count"]?.countValue else { throw WireError("header: no valid \"count\"") }
    guard let epoch = json["epoch"]?.countValue else { throw WireError("header: no valid \"epoch\"") }
    func optionalOffset(_ name: String) throws(WireError) -> Int? {
      guard let value = json[name] else { return nil }
      guard let offset = value.countValue else { throw WireError("header: no valid \"\(name)\"") }
      return offset
    }
    let published = try optionalOffset("published")
    self.init(
      run: run, epoch: epoch, offset: offset, count: count,
      watermark: json["watermark"]?.stringValue.flatMap { EventTime($0) },
      clock: json["clock"]?.stringValue.flatMap { EventTime($0) }, isEnd: json["end"]?.boolValue ?? false,
      first: try optionalOffset("first") ?? 0, published: published,
      isComplete: published != nil && json["complete"]?.boolValue ?? false,
      isAhead: json["ahead"]?.boolValue ?? false)
    isPassEnd = json["pass_end"]?.boolValue ?? false
  }

  /// Appends the header as compact JSON.
  ///
  /// - Parameters:
  ///   - topic: Named in answers to `fetch`, where no frame of its own says it.
  ///   - id: What the request carried, given back.
  func write(to buffer: ByteBuffer, topic: String? = nil, id: JSONValue? = nil) {
    buffer.append("{")
    if let id {
      buffer.append("\"id\":")
      id.write(to: buffer)
      buffer.append(",")
    }
    if let topic {
      buffer.append("\"topic\":")
      buffer.append(jsonString: topic)
      buffer.append(",")
    }
    buffer.append("\"run\":")
    buffer.append(jsonString: run)
    buffer.append(",\"epoch\":")
    buffer.append(decimal: epoch)
    buffer.append(",\"offset\":")
    buffer.append(decimal: offset)
    buffer.append(",\"count\":")
    buffer.append(decimal: count)
    append(watermark, as: ",\"watermark\":\"", to: buffer)
    append(clock, as: ",\"clock\":\"", to: buffer)
    if first > 0 {
      buffer.append(",\"first\":")
      buffer.append(decimal: first)
    }
    if let published {
      buffer.append(",\"published\":")
      buffer.append(decimal: published)
      if isComplete { buffer.append(",\"complete\":true") }
    }
    if isAhead { buffer.append(",\"ahead\":true") }
    if isPassEnd { buffer.append(",\"pass_end\":true") }
    buffer.append(isEnd ? ",\"end\":true}" : "}")
  }

  private func append(_ time: EventTime?, as name: StaticString, to buffer: ByteBuffer) {
    guard let time else { return }
    buffer.append(name)
    time.write(to: buffer.writing(atMost: 19))
    buffer.advance(by: 19)
    buffer.append(UInt8(ascii: "\""))
  }
}

/// Frames that do not follow the protocol.
public struct WireError: Error, Equatable, CustomStringConvertible {
  public var description: String
  init(_ description: String) { self.description = description }
}
