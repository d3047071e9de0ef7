/// A publisher has started over: what was consumed belongs to a run that is no more.
public struct NewRunError: Error, Equatable, CustomStringConvertible {
  public var topic: String
  public var old: String
  public var new: String

  public var description: String {
    "\(topic) has a new run \(new) in place of \(old): what was consumed so far belongs to the old one, start over"
  }
}

/// A topic ended before messages that were taken from it earlier: its publisher's files were cut, or replaced.
public struct ShortTopicError: Error, Equatable, CustomStringConvertible {
  public var topic: String
  public var end: Int
  public var next: Int

  public var description: String {
    "\(topic) ends at offset \(end), but messages up to \(next) were taken from it before: its files are not what "
      + "they were. Remove what was made from it to start over."
  }
}
