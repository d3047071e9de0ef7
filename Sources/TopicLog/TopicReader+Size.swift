extension TopicReader {
  /// The size of the topic's segments together, in bytes, as they lie on disk now.
  public func byteCount() throws(TopicLogError) -> Int {
    var sum = 0
    for first in segments { sum += try LogFile(directory.segmentPath(first), .read).size() }
    return sum
  }
}
