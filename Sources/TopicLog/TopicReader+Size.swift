extension TopicReader {
  /// The size of the topic's segments together, in bytes, as they lie on disk now.
  public func byteCount() throws(TopicLogError) -> Int {
    var sum = 0
    for first in segments { sum += try LogFile(directory.segmentPath(first), .read).size() }
    return sum
  }

  /// The size of some of the topic's records, in bytes; reads them.
  public func byteCount(of offsets: Range<Int>) throws(TopicLogError) -> Int {
    var (sum, offset) = (0, offsets.lowerBound)
    while let slice = try slice(from: offset, maxBytes: 1 << 20, before: offsets.upperBound) {
      sum += slice.bytes.count
      offset += slice.count
    }
    return sum
  }
}
