import ExternalSort
import Generator

/// One generated event, with everything that its message says.
struct BucketEvent {
  var eventID: Int
  var value: Double
  var userID: Int32
  var minuteOfDay: UInt16
  var kind: GeneratedEventKind
  var course: UInt8
}

/// Events sorted into days: kept in memory up to a limit, then spilled, so that one day at a time is read back.
final class DayBuckets {
  private struct Region {
    var byte: Int
    var count: Int
  }

  private let storage: any RunStorage
  private let memoryLimit: Int
  @exclusivity(unchecked) private var days: [[BucketEvent]]
  private var spilled: [[Region]]
  @exclusivity(unchecked) private var countInMemory = 0

  init(dayCount: Int, storage: any RunStorage, memoryByteLimit: Int = 24 << 20) {
    self.storage = storage
    memoryLimit = memoryByteLimit / MemoryLayout<BucketEvent>.stride
    days = Array(repeating: [], count: dayCount)
    spilled = Array(repeating: [], count: dayCount)
  }

  @inline(__always)
  func add(_ event: BucketEvent, day: Int) throws {
    days[day].append(event)
    countInMemory += 1
    if countInMemory >= memoryLimit { try spill() }
  }

  /// The events of a day, by minute, those of a minute in the order they were added. A day is given once.
  func take(day: Int) throws -> [BucketEvent] {
    var events: [BucketEvent] = []
    for region in spilled[day] {
      let part = try [BucketEvent](unsafeUninitializedCapacity: region.count) { buffer, count in
        try storage.read(at: region.byte, into: UnsafeMutableRawBufferPointer(buffer))
        count = region.count
      }
      events.append(contentsOf: part)
    }
    events.append(contentsOf: days[day])
    days[day] = []
    return DayBuckets.sortedByMinute(events)
  }

  private func spill() throws {
    for day in days.indices where !days[day].isEmpty {
      spilled[day].append(Region(byte: storage.byteCount, count: days[day].count))
      try days[day].withUnsafeBytes { try storage.append($0) }
      days[day] = []
    }
    countInMemory = 0
  }

  /// A stable counting sort.
  private static func sortedByMinute(_ events: [BucketEvent]) -> [BucketEvent] {
    guard let first = events.first else { return [] }
    var starts = [Int](repeating: 0, count: 1441)
    for event in events { starts[Int(event.minuteOfDay) + 1] += 1 }
    for minute in 1...1440 { starts[minute] += starts[minute - 1] }
    var sorted = [BucketEvent](repeating: first, count: events.count)
    for event in events {
      sorted[starts[Int(event.minuteOfDay)]] = event
      starts[Int(event.minuteOfDay)] += 1
    }
    return sorted
  }
}
