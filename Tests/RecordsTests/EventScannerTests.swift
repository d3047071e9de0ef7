import Records
import TestSupport
import Testing

struct EventScannerTests {
  private struct Event: Equatable {
    var numbers: [Int]
    var texts: [String]
  }

  private func scan(_ line: String, general: Bool) -> Event? {
    var scanner = EventScanner()
    let scratch = ByteBuffer()
    return Array((line + "\n").utf8).withUnsafeBytes { bytes -> Event? in
      let span = ByteSpan(bytes)!
      let end = span.start + span.count
      let next = general ? scanner.scanAny(span.start, end, scratch: scratch) : scanner.scan(span.start, end)
      guard let next else { return nil }
      #expect(next == end)
      let event = scanner.event
      return Event(
        numbers: [event.eventID, event.userID, event.seconds, Int(event.day), Int(event.type.rawValue)],
        texts: [event.time, event.typeName, event.courseID, event.watchMinutes, event.quizScore, event.amount].map(
          \.string))
    }
  }

  @Test func bothRoadsReadTheSameCleanEvent() throws {
    var random = SeededRandom(seed: 15)
    for number in 0..<2000 {
      let time = EventTime(secondsSinceEpoch: Int.random(in: -4_000_000_000...4_000_000_000, using: &random))
      var line =
        #"{"event_id":\#(number),"user_id":\#(Int.random(in: 0...99, using: &random)),"event_time":"\#(time)","#
      if random.chance(2) { line += #""event_date":"\#(time.date)","# }
      line += #""event_type":"\#(random.pick(EventType.known.map(\.name.description) + ["x1"]))""#
      if random.chance(2) { line += #","course_id":"k8s, é"# + "\"" }
      if random.chance(2) { line = line.replacing("é", with: "e") }
      if random.chance(2) { line += ",\"watch_minutes\":\(random.pick(["0.0", "1e-05", "-1.5"]))" }
      if random.chance(2) { line += ",\"quiz_score\":100.0" }
      if random.chance(2) { line += ",\"amount\":1e+16" }
      line += "}"
      let general = try #require(scan(line, general: true), "\(line)")
      #expect(scan(line, general: false) ?? general == general, "\(line)")
      #expect((scan(line, general: false) == nil) == line.contains("é"), "\(line)")
    }
  }

  @Test func declinesWhatIsNotPlain() {
    let line = #"{"event_id":1,"user_id":2,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#
    #expect(scan(line, general: false) != nil)
    for (old, new) in [
      (":1", ": 1"), (":1", ":01"), (":1", ":-1"), (":1", ":1234567890123456789"), ("T", " "), ("login", "Login"),
      ("login", ""),
      ("}", "} "), ("}", ",\"x\":1}"), ("10:00:00", "10:00:60"), ("10:00:00", "1a:00:00"), ("-06T", "-32T"),
      ("login\"", "login"),
    ] {
      #expect(scan(line.replacing(old, with: new), general: false) == nil, "\(new) in place of \(old)")
    }
    for number in ["-", ".5", "5.", "1e", "1e+", "05", "-.e"] {
      let broken = line.replacing("}", with: ",\"watch_minutes\":\(number)}")
      #expect(scan(broken, general: false) == nil && scan(broken, general: true) == nil, "\(number) is no JSON")
    }
    for length in 0..<line.utf8.count { #expect(scan(String(line.prefix(length)), general: false) == nil) }
  }
}
