import CByteScan
import Records

extension TopicWriter {
  /// Cuts a topic off behind its first records: what lies beyond may not have reached the disk before the machine
  /// stopped, in any of its files. Blocks; no writer may have the topic.
  ///
  /// - Parameters:
  ///   - directory: The topic's directory.
  ///   - offset: The number of records to keep. A topic that is sealed with so many is left as it is.
  /// - Returns: Whether there was anything to cut.
  /// - Throws: ``TopicLogError``: `damaged` where there are not so many records, `locked`, `system`.
  @discardableResult
  public static func cut(directory path: String, to offset: Int) throws(TopicLogError) -> Bool {
    let directory = TopicDirectory(path)
    let lock = try TopicLock(directory)
    defer { withExtendedLifetime(lock) {} }
    guard let metadata = try TopicMetadata.read(directory) else { return false }
    if metadata.sealedNext == offset { return false }
    let segments = try directory.segments()
    var wasCut = false
    for first in segments.reversed() where first >= offset && first > 0 {
      try TopicDirectory.remove(directory.indexPath(first))
      try TopicDirectory.remove(directory.segmentPath(first))
      wasCut = true
    }
    if let last = segments.last(where: { $0 < offset || $0 == 0 }) {
      let file = try LogFile(directory.segmentPath(last), .readWrite)
      let content = try file.readAll()
      let length = content.withUnsafeBytes { bytes -> Int? in
        guard offset > last else { return 0 }
        let feed = find_nth_newline(bytes.baseAddress, bytes.count, offset - last)
        return feed < bytes.count ? feed + 1 : nil
      }
      guard let length else {
        throw TopicLogError(
          .damaged, "cut", file.path, offset: offset, expected: "\(offset - last) lines", actual: "fewer",
          advice: TopicLogError.writeAnew)
      }
      if length < content.count {
        try file.truncate(to: length)
        wasCut = true
      }
      // the sidecar of a segment that has grown and shrunk says nothing any more
      try TopicDirectory.remove(directory.indexPath(last))
    }
    if metadata.sealedNext != nil {
      try TopicMetadata(identity: metadata.identity, timeField: metadata.timeField).write(directory)
    }
    return wasCut
  }
}
