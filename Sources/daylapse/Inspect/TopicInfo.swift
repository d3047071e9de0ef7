import Records
import TopicLog

/// All that `daylapse info` says about one topic.
struct TopicInfo {
  struct Segment {
    var file: TopicOutline.Segment
    var messageCount = 0
    var first: EventTime?
    var last: EventTime?
  }

  let topic: InspectedTopic
  private(set) var segments: [Segment]
  private(set) var countsByDay: [CivilDate: Int] = [:]
  /// Messages that were read, and those of them without a readable event time.
  private(set) var messageCount = 0
  private(set) var untimedCount = 0
  private(set) var kinds = TopicKinds()
  private(set) var first: EventTime?
  private(set) var last: EventTime?
  /// Why not everything could be read.
  private(set) var problem: String?

  /// Reads a topic.
  ///
  /// - Parameter onProgress: Hears of messages that were read, of so many; may throw to give up.
  init(_ topic: InspectedTopic, onProgress: (_ done: Int, _ all: Int) throws -> Void) throws {
    self.topic = topic
    segments = topic.outline.segments.map { Segment(file: $0) }
    problem = topic.outline.problem.map { "\($0)" }
    do {
      let reader = try topic.reader()
      var offset = reader.firstOffset
      var position = 0
      while let slice = try reader.slice(from: offset, maxBytes: 1 << 18) {
        while position + 1 < segments.count, offset >= segments[position + 1].file.first { position += 1 }
        slice.withBytes { lines in lines.forEachLine { count($0, in: position) } }
        offset = slice.endOffset
        try onProgress(offset, reader.nextOffset)
      }
    } catch let error as TopicLogError {
      problem = problem ?? "\(error)"
    }
  }

  private mutating func count(_ line: UnsafeRawBufferPointer, in position: Int) {
    messageCount += 1
    kinds.add(line)
    if position < segments.count { segments[position].messageCount += 1 }
    guard topic.hasTimes else { return }
    guard let time = topic.timeOf(line) else {
      untimedCount += 1
      return
    }
    countsByDay[time.date, default: 0] += 1
    first = first.map { min($0, time) } ?? time
    last = last.map { max($0, time) } ?? time
    guard position < segments.count else { return }
    segments[position].first = segments[position].first.map { min($0, time) } ?? time
    segments[position].last = segments[position].last.map { max($0, time) } ?? time
  }
}
