import RawData
import Records

extension TopicTotals {
  /// `topics/events.raw    1.5 MB  12,431 messages`.
  func line(in topicsDirectory: String) -> String {
    "\("\(topicsDirectory)/\(topic)".padded(to: 32)) \(Figures.bytes(byteCount).aligned(to: 10))  "
      + "\(Figures.count(messageCount, "message"))"
  }

  var json: JSONValue { ["name": .string(topic), "messages": .int(messageCount), "bytes": .int(byteCount)] }
}
