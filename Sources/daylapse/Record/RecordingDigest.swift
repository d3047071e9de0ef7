/// What the `topic.json` of a recording says it was made from: which of the publisher's messages is its first.
struct RecordingDigest: Equatable, CustomStringConvertible {
  /// The publisher's offset of the first message.
  var first: Int

  init(first: Int) { self.first = first }

  /// Reads a digest; nothing for a topic that was not recorded.
  init?(_ text: String) {
    if text == RecordingDigest.whole {
      first = 0
    } else if text.hasPrefix(RecordingDigest.part), let first = Int(text.dropFirst(RecordingDigest.part.count)),
      first > 0
    {
      self.first = first
    } else {
      return nil
    }
  }

  private static let whole = "record 1"
  private static let part = "record 1 from "

  var description: String { first == 0 ? RecordingDigest.whole : RecordingDigest.part + String(first) }
}
