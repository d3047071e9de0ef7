import CByteScan
import Records

/// What a person sees of topics: takes stretches of messages, leaves out what was not asked for, and writes the rest.
///
/// Without filters, messages as they are go through in blocks, whatever they hold.
public final class MessageView {
  /// How messages are shown.
  public enum Style {
    /// As they are.
    case json
    /// As they are, but for what would act on a terminal: that is shown as JSON escapes it.
    case visibleJSON
    case table(MessageTable)
    case format(LineFormat)
  }

  /// Messages of a topic, in offset order.
  public struct Batch {
    /// Where the first one is.
    public var place: MessagePlace
    public var count: Int
    /// `count` lines, each ended by a line feed.
    public var lines: UnsafeRawBufferPointer
    /// No event time up to here is higher; nothing where that is not known.
    public var watermark: EventTime?

    public init(place: MessagePlace, count: Int, lines: UnsafeRawBufferPointer, watermark: EventTime? = nil) {
      self.place = place
      self.count = count
      self.lines = lines
      self.watermark = watermark
    }
  }

  /// Whether as many messages were shown as were asked for.
  public private(set) var isFull = false
  /// How many messages were shown.
  public private(set) var shownCount = 0

  private let filter: MessageFilter
  private let until: EndPosition?
  private let countLimit: Int?
  private let style: Style
  private var fields = MessageFields()

  /// - Parameters:
  ///   - until: Where every topic stops.
  ///   - countLimit: How many messages are shown, of all topics together.
  public init(filter: MessageFilter, until: EndPosition? = nil, countLimit: Int? = nil, style: Style) {
    self.filter = filter
    self.until = until
    self.countLimit = countLimit
    self.style = style
    isFull = countLimit == 0
  }

  /// Appends what is to be seen of some messages.
  ///
  /// - Parameters:
  ///   - schema: Of the topic; where its event time is, and how it is shown.
  ///   - end: The topic stops before this offset.
  /// - Returns: Whether the topic has come to where it stops.
  public func take(_ batch: Batch, _ schema: TopicSchema, before end: Int? = nil, into buffer: ByteBuffer) -> Bool {
    var batch = batch
    var stops = false
    var limit = end
    if case .offset(let offset) = until { limit = min(limit ?? offset, offset) }
    if let limit, limit <= batch.place.offset + batch.count {
      stops = true
      batch.cut(to: limit - batch.place.offset)
    }
    if case .time(let time) = until, let count = batch.countBefore(time, schema) {
      stops = true
      batch.cut(to: count)
    }
    show(&batch, schema, into: buffer)
    return stops
  }

  /// Appends what waits to be laid out.
  public func flush(into buffer: ByteBuffer) {
    if case .table(let table) = style { table.flush(to: buffer) }
  }

  private func show(_ batch: inout Batch, _ schema: TopicSchema, into buffer: ByteBuffer) {
    if case .json = style, filter.isEmpty {
      if let countLimit, countLimit - shownCount <= batch.count {
        batch.cut(to: countLimit - shownCount)
        isFull = true
      }
      shownCount += batch.count
      return buffer.append(batch.lines)
    }
    var place = batch.place
    var at = 0
    while at < batch.lines.count, !isFull {
      let length = find_nth_newline(batch.lines.baseAddress! + at, batch.lines.count - at, 1)
      show(UnsafeRawBufferPointer(rebasing: batch.lines[at..<(at + length)]), at: place, schema, into: buffer)
      at += length + 1
      place.offset += 1
    }
  }

  private func show(
    _ line: UnsafeRawBufferPointer, at place: MessagePlace, _ schema: TopicSchema, into buffer: ByteBuffer
  ) {
    if needsFields { fields.read(line) }
    guard filter.isEmpty || filter.accepts(fields) else { return }
    shownCount += 1
    if shownCount == countLimit { isFull = true }
    switch style {
    case .json:
      buffer.append(line)
      buffer.append(UInt8(ascii: "\n"))
    case .visibleJSON:
      ShownText.write(ByteSpan(line) ?? .empty, to: buffer)
      buffer.append(UInt8(ascii: "\n"))
    case .format(let format): format.write(line, fields, at: place, to: buffer)
    case .table(let table):
      table.add(line, fields, of: place.topic, schema)
      if table.pendingRowCount >= MessageView.rowsTogether { table.flush(to: buffer) }
    }
  }

  /// So many rows are laid out together at most.
  private static let rowsTogether = 500

  private var needsFields: Bool {
    if !filter.isEmpty { return true }
    switch style {
    case .json, .visibleJSON: return false
    case .table: return true
    case .format(let format): return format.readsFields
    }
  }
}

extension MessageView.Batch {
  /// Keeps the first messages.
  fileprivate mutating func cut(to kept: Int) {
    guard kept < count else { return }
    let bytes = kept <= 0 ? 0 : find_nth_newline(lines.baseAddress, lines.count, kept) + 1
    lines = UnsafeRawBufferPointer(rebasing: lines[..<bytes])
    count = max(0, kept)
  }

  /// How many messages come before the first one at which event time reaches `time`; nothing where none does.
  fileprivate func countBefore(_ time: EventTime, _ schema: TopicSchema) -> Int? {
    if let watermark, watermark < time { return nil }
    let timeOf = schema.timeOf
    var at = 0
    for index in 0..<count {
      let length = find_nth_newline(lines.baseAddress! + at, lines.count - at, 1)
      if let found = timeOf(UnsafeRawBufferPointer(rebasing: lines[at..<(at + length)])), found >= time { return index }
      at += length + 1
    }
    return nil
  }
}
