import Records

/// Where the replay of a topic is, as its publisher says on the data socket; a consumer may have more, or less, of it.
public struct ReplayPlace: Equatable, Sendable {
  /// The epoch, and the offset and simulated time it was first heard of at.
  public private(set) var epoch: Int
  public private(set) var start: Int
  public private(set) var startClock: EventTime?
  /// The offset of the message that goes out next.
  public private(set) var next: Int
  /// The highest event time that was shown in this epoch.
  public private(set) var watermark: EventTime?

  init(_ header: DataHeader) {
    (epoch, start, startClock) = (header.epoch, header.offset, header.clock)
    (next, watermark) = (header.next, header.watermark)
  }

  mutating func note(_ header: DataHeader) {
    if header.epoch > epoch {
      self = ReplayPlace(header)
    } else if header.epoch == epoch {
      (next, watermark) = (header.next, header.watermark)
    }
  }
}
