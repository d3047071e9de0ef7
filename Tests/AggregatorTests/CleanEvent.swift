import Aggregator
import Records
import TestSupport

/// A clean event, to make messages of and to compute with.
struct CleanEvent {
  var id: Int
  var user: Int
  var seconds: Int
  var type: String
  var watchMinutes = 0.0
  var quizScore: Double?

  init(_ id: Int, _ user: Int, _ time: String, _ type: String = "login", watch: Double = 0, quiz: Double? = nil) {
    self.init(id, user, EventTime(time)!.secondsSinceEpoch, type, watch: watch, quiz: quiz)
  }

  init(_ id: Int, _ user: Int, _ seconds: Int, _ type: String = "login", watch: Double = 0, quiz: Double? = nil) {
    self.id = id
    self.user = user
    self.seconds = seconds
    self.type = type
    watchMinutes = watch
    quizScore = quiz
  }

  var day: Int32 { EventTime(secondsSinceEpoch: seconds).date.daysSinceEpoch }

  var line: String {
    let time = EventTime(secondsSinceEpoch: seconds)
    return #"{"event_id":\#(id),"user_id":\#(user),"event_time":"\#(time)","event_date":"\#(time.date)","#
      + #""event_type":"\#(type)","watch_minutes":\#(JSONValue.double(watchMinutes))"#
      + (quizScore.map { #","quiz_score":\#(JSONValue.double($0))"# } ?? "") + "}"
  }
}

func cleanUser(_ id: Int, _ signup: String = "2025-01-01") -> String {
  #"{"user_id":\#(id),"signup_date":"\#(signup)","plan":"free","is_paid":0}"#
}

/// Past events from memory; notes which offsets were asked for.
final class MemoryHistory: EventHistory {
  private let lines: [String]
  private let batchCount: Int
  private(set) var asked: [Range<Int>] = []

  init(_ events: [CleanEvent], batchCount: Int = 3) {
    lines = events.map(\.line)
    self.batchCount = batchCount
  }

  func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    asked.append(offsets)
    var at = offsets.lowerBound
    while at < offsets.upperBound {
      let end = min(at + batchCount, offsets.upperBound)
      let text = lines[at..<end].map { $0 + "\n" }.joined()
      try Array(text.utf8).withUnsafeBytes { try body($0) }
      at = end
    }
  }
}
