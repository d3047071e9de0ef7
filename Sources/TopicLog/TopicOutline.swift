import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What lies in a topic's folder: `topic.json`, and the segments with their sizes.
///
/// Looked at without reading more messages than those of the last segment that its sidecar does not cover. A topic that
/// is damaged has an outline as well.
public struct TopicOutline: Sendable {
  public struct Segment: Equatable, Sendable {
    public var path: String
    /// The offset of its first record.
    public var first: Int
    /// The offset behind its last record: of the last segment as counted, otherwise as the next one's name says.
    public var next: Int
    public var byteCount: Int
    public var hasIndex: Bool
  }

  /// Whose records these are; nothing for a topic that was made by hand, or whose `topic.json` cannot be read.
  public private(set) var identity: TopicIdentity?
  /// The offset behind the last record that `topic.json` promises, once the topic is complete.
  public private(set) var sealedNext: Int?
  /// Whether there is no `topic.json`.
  public private(set) var isMadeByHand = false
  public private(set) var segments: [Segment] = []
  /// What keeps the topic from being read as a whole, as far as it shows here.
  public private(set) var problem: TopicLogError?

  public var byteCount: Int { segments.reduce(0) { $0 + $1.byteCount } }
  public var firstOffset: Int { segments.first?.first ?? 0 }
  public var nextOffset: Int { segments.last?.next ?? 0 }
  /// Whether no record will be added.
  public var isSealed: Bool { isMadeByHand || sealedNext != nil }

  /// Looks at a topic; takes no lock.
  ///
  /// - Throws: ``TopicLogError`` where there is no topic, or the folder cannot be read.
  public init(directory path: String) throws(TopicLogError) {
    let directory = TopicDirectory(path)
    var isReplacing = false
    do throws(TopicLogError) {
      let metadata = try TopicMetadata.read(directory)
      identity = metadata?.identity
      sealedNext = metadata?.sealedNext
      isMadeByHand = metadata == nil
      isReplacing = metadata?.isReplacing ?? false
    } catch {
      guard error.errno == nil else { throw error }
      problem = error
    }
    let firsts = isReplacing ? [] : try directory.segments()
    guard !isMadeByHand || !firsts.isEmpty else { throw Self.noTopic(path) }
    for first in firsts {
      let file = try LogFile(directory.segmentPath(first), .read)
      segments.append(
        Segment(
          path: file.path, first: first, next: first, byteCount: try file.size(),
          hasIndex: try directory.hasIndex(first)))
    }
    for position in segments.indices.dropLast() { segments[position].next = segments[position + 1].first }
    guard let last = segments.last else { return }
    do throws(TopicLogError) {
      segments[segments.count - 1].next = try end(of: last, in: directory)
    } catch {
      problem = problem ?? error
    }
    if let sealedNext, sealedNext != nextOffset, problem == nil {
      problem = TopicLogError(
        .damaged, "read", path, offset: nextOffset, expected: "\(sealedNext) messages, as topic.json says",
        actual: "complete lines up to \(nextOffset)", advice: TopicLogError.writeAnew)
    }
  }

  /// Whether a folder has a topic in it: a `topic.json`, or a segment.
  ///
  /// - Throws: ``TopicLogError`` where nobody can tell, because the folder cannot be read.
  public static func isTopic(directory path: String) throws(TopicLogError) -> Bool {
    let directory = TopicDirectory(path)
    do throws(TopicLogError) {
      if try !directory.segments().isEmpty { return true }
      return try TopicMetadata.namesTopic(directory)
    } catch {
      if error.errno == ENOENT || error.errno == ENOTDIR { return false }
      throw error
    }
  }

  private func end(of segment: Segment, in directory: TopicDirectory) throws(TopicLogError) -> Int {
    let index =
      isMadeByHand
      ? SegmentIndex(first: segment.first)
      : try SegmentIndex(directory, segment: segment.first, byteCount: segment.byteCount)
    var map = LineMap(index, watermark: nil)
    try map.extend(
      in: SegmentBytes(segment.path), to: segment.byteCount, includesUnended: isMadeByHand, timeOf: nil)
    return map.reached.offset
  }

  private static func noTopic(_ path: String) -> TopicLogError {
    TopicLogError(
      .notFound, "read", path, expected: "a topic.json, or segments named by 20 digits and .jsonl", actual: "neither",
      advice: "Check the path, or wait until the topic's writer has begun")
  }
}
