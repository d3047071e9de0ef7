import Records
import TopicLog

/// What a pass over a topic says of its event times: whether they can be read, and in which order they come.
public struct TimeSurvey {
  /// A message whose time cannot be read.
  public struct Untimed: Equatable, Sendable, CustomStringConvertible {
    public var offset: Int
    /// What it has in place of a time; `nil` where it has nothing there, or is no JSON.
    public var value: JSONValue?
    public var isJSON = true

    /// `offset 17 has "soon"`.
    public var description: String {
      guard isJSON else { return "offset \(offset) is no JSON" }
      guard let value else { return "offset \(offset) has nothing there" }
      let text = "\(value)"
      return "offset \(offset) has \(text.prefix(60))\(text.count > 60 ? "..." : "")"
    }
  }

  /// A message that comes after a later one.
  public struct Disorder: Equatable, Sendable {
    public var offset: Int
    public var time: EventTime
    /// The highest time before it.
    public var before: EventTime
  }

  public private(set) var count = 0
  public private(set) var untimedCount = 0
  public private(set) var firstUntimed: Untimed?
  public private(set) var disorderCount = 0
  public private(set) var firstDisorder: Disorder?
  private var highest: EventTime?

  /// Whether any message has a time.
  public var hasTimes: Bool { highest != nil }

  /// Goes through some messages of a topic, in offset order.
  ///
  /// - Parameters:
  ///   - field: Where times are looked for, to tell what is there instead.
  ///   - onProgress: Called now and then; may throw to give up.
  /// - Throws: `TopicLogError` where the topic cannot be read.
  public init(
    of log: TopicReader, offsets: Range<Int>, timeOf: LineTime, field: TimeField?, onProgress: () throws -> Void = {}
  ) throws {
    var offset = offsets.lowerBound
    while let slice = try log.slice(from: offset, maxBytes: 1 << 18, before: offsets.upperBound) {
      slice.withBytes { lines in
        lines.forEachLine { line in
          add(timeOf(line), at: offset) {
            let isJSON = (try? JSONValue(parsing: line)) != nil
            return Untimed(offset: offset, value: field?.value(in: line), isJSON: isJSON)
          }
          offset += 1
        }
      }
      try onProgress()
    }
  }

  private mutating func add(_ time: EventTime?, at offset: Int, untimed: () -> Untimed) {
    count += 1
    guard let time else {
      untimedCount += 1
      if firstUntimed == nil { firstUntimed = untimed() }
      return
    }
    if let highest, time < highest {
      disorderCount += 1
      if firstDisorder == nil { firstDisorder = Disorder(offset: offset, time: time, before: highest) }
    } else {
      highest = time
    }
  }
}
