import ExternalSort
import Generator
import TestSupport
import Testing

@testable import RawData

struct DayBucketsTests {
  @Test(arguments: [1 << 20, 2000, 64])
  func givesEachDayByMinuteAndArrivalHoweverLittleMemoryItHas(memoryByteLimit: Int) throws {
    var random = SeededRandom(seed: 2)
    let buckets = DayBuckets(dayCount: 4, storage: MemoryRunStorage(), memoryByteLimit: memoryByteLimit)
    var expected: [[(minute: Int, id: Int)]] = [[], [], [], []]
    for id in 0..<3000 {
      let day = random.pick([0, 1, 3])
      let minute = random.pick([0, 1439, Int.random(in: 0..<1440, using: &random)])
      expected[day].append((minute, id))
      try buckets.add(
        BucketEvent(eventID: id, value: 0, userID: 1, minuteOfDay: UInt16(minute), kind: .login, course: 0), day: day)
    }
    for day in 0..<4 {
      let ids = try buckets.take(day: day).map(\.eventID)
      #expect(ids == expected[day].sorted { ($0.minute, $0.id) < ($1.minute, $1.id) }.map(\.id))
    }
  }
}
