import Records

extension TopicWriter {
  /// Where a topic's segments end. Boundaries depend on the records and on these options alone.
  public struct Options: Sendable {
    /// A segment ends with the record that brings it to this many bytes.
    public var segmentByteLimit: Int
    /// Whether a record whose day exceeds the highest day so far begins a new segment.
    public var rollsAtMidnight: Bool
    /// Where messages of a topic of one's own say when they happened, for `topic.json`.
    public var timeField: TimeField?

    /// - Precondition: `segmentByteLimit` is above 0.
    public init(segmentByteLimit: Int = 64 << 20, rollsAtMidnight: Bool = false, timeField: TimeField? = nil) {
      precondition(segmentByteLimit > 0, "a segment takes at least one byte")
      self.segmentByteLimit = segmentByteLimit
      self.rollsAtMidnight = rollsAtMidnight
      self.timeField = timeField
    }
  }

  /// What to do about what is in the directory already.
  public enum Mode: Sendable {
    /// Begin at offset 0. A topic of the same name that a ``TopicWriter`` wrote is replaced; one that was made by hand
    /// is refused, and other files stay.
    case create
    /// Go on at the end of the same topic.
    case resume
  }
}

/// What was cut off a topic's end because its last line was not ended when its writer stopped.
public struct TornTail: Equatable, Sendable, CustomStringConvertible {
  /// The segment's file.
  public var path: String
  /// The offset that the record would have had.
  public var offset: Int
  /// Where in the file it began.
  public var byte: Int
  /// How many bytes were cut.
  public var byteCount: Int
  /// The beginning of what was cut, 256 bytes at most.
  public var beginning: String

  public var description: String {
    "\(path): cut an unended line of \(byteCount) bytes at offset \(offset) (byte \(byte)): \(beginning)"
  }
}
