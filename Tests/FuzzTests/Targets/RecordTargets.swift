import Foundation
import OutputFiles
import TestSupport

@testable import Records
@testable import Sink

extension FuzzTarget {
  static let json = FuzzTarget(
    "json",
    seeds: [
      #"{"run":"r1","epoch":0,"offset":12,"count":3,"end":true,"clock":"2025-01-02T00:03:00"}"#,
      #" [1,-2.5e+10,"a\n\u00e9\ud83d\ude00",null,true,false,{"a":{"b":[]}}, {} ] "#, "\"text\"", "0",
    ], rounds: 1500
  ) { input in
    guard let value = try? JSONValue(parsing: input) else { return }
    let text = Array(value.description.utf8)
    let again = try JSONValue(parsing: text)
    try demand(again == value && Array(again.description.utf8) == text, "what is written is read as the same")
    try demand(!text.contains { $0 < 0x20 }, "compact JSON fits on a line")
  }

  /// Lines of events: the straight road gives what the general one gives, or declines.
  static let event = FuzzTarget("event", seeds: eventLines, words: eventWords, rounds: 1200) { input in
    try eachLine(input) { line, end in
      var scanner = EventScanner()
      // a scanner that has seen other days must not remember them wrongly
      var experienced = EventScanner()
      _ = scan(&experienced, eventLines[1])
      guard let fast = scanner.scan(line, end) else {
        try demand(experienced.scan(line, end) == nil, "a scanner's past decides nothing")
        var general = EventScanner()
        if let next = general.scanAny(line, end, scratch: ByteBuffer()) { try demand(next <= end, "ends in bounds") }
        return
      }
      let event = fields(scanner.event)
      let scratch = ByteBuffer()
      let general = scanner.scanAny(line, end, scratch: scratch)
      try demand(general == fast && fields(scanner.event) == event, "both roads agree: \(event)")
      try demand(
        experienced.scan(line, end) == fast && fields(experienced.event) == event, "a scanner's past decides nothing")
    }
  }

  static let eventTimeField = FuzzTarget("event-time-field", seeds: eventLines, words: eventWords, rounds: 1200) {
    input in
    let record = try? JSONValue(parsing: input)
    let time = EventTimeField.eventTime.read(input)
    guard let record else { return }
    let expected = record["event_time"]?.stringValue.flatMap { EventTime($0) }
    try demand(time == expected, "the event time is the member's: \(time as Any), not \(expected as Any)")
  }

  static let userDay = FuzzTarget("user-day", seeds: userDayLines, words: UserDayScanner.measures, rounds: 1200) {
    input in
    try eachLine(input) { line, end in
      var scanner = UserDayScanner()
      let next = scanner.scan(line, end)
      let row = fields(scanner.row)
      guard line.pointee == UInt8(ascii: "{") else { return }
      // a blank behind the brace sends the same content down the general road
      let spaced = [UInt8(ascii: "{"), 0x20] + UnsafeBufferPointer(start: line + 1, count: end - line - 1)
      try GuardedBytes.use(spaced) { bytes in
        var general = UserDayScanner()
        let start = ByteSpan(bytes)!.start
        let after = general.scan(start, start + spaced.count)
        try demand((after == nil) == (next == nil), "both roads take the same lines")
        try demand(next == nil || fields(general.row) == row, "both roads agree: \(row), \(fields(general.row))")
      }
    }
  }

  /// Lines of clean users, as the sink keeps them: whatever it takes comes out as rows of proper CSV.
  static let user = FuzzTarget(
    "user",
    seeds: [
      #"{"user_id":1,"signup_date":"2024-12-04","plan":"paid","is_paid":1,"country":"UK","engagement_score":0.5}"#,
      #"{"user_id":3,"signup_date":"2024-12-12","plan":"free","is_paid":0,"country":"São Tomé, ST"}"#,
    ], words: ["\"user_id\":", "\"signup_date\":", "\"plan\":", "\"is_paid\":", "\"marketing_source\":"]
  ) { input in
    let table = UserTable()
    guard (try? table.add(input, at: 0)) != nil else { return }
    let rows = TextRows()
    try table.writeRows(to: rows)
    let read = try readCSV(Array(rows.buffer.bytes))
    try demand(read.count == 2 && read.allSatisfy { $0.fault == nil }, "a user is one row")
    try demand(read[0].fields.count == read[1].fields.count, "a row has the header's columns")
    let record = try JSONValue(parsing: input)
    let plan = try decoded(read[1].fields[2])
    try demand(Array((record["plan"]?.stringValue ?? "").utf8) == Array(plan.utf8), "the plan is the message's")
    try demand(table.position(of: record["user_id"]?.intValue ?? -1) == 0, "a user is found by its id")
  }

  static let time = FuzzTarget(
    "time",
    seeds: [
      "2025-01-06", "2025-01-06T22:39:00", "2025-01-06 22:39", " 2025-01-06T22:39:59.123Z ",
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01", "2024-02-29T23:59:59+0530", "1969-12-31T23:59:59-23",
    ], words: ["T", ":", "-", "+", "Z", "."], rounds: 3000
  ) { input in
    let date = CivilDate(bytes: input)
    if let date {
      try demand(Array(date.description.utf8) == Array(input), "a date is written as it was read")
      try demand(EventTime(bytes: input) == EventTime(date), "a date is its midnight")
    }
    guard let time = EventTime(bytes: input) else { return }
    let text = Array(time.description.utf8)
    try demand(text.withUnsafeBytes { EventTime(bytes: $0) } == time, "what is written is read as the same")
    try demand((CivilDate.earliest...CivilDate.latest).contains(time.date), "years have four digits")
    try demand((0..<86_400).contains(time.secondOfDay), "a second lies within its day")
    let trimmed = input.trimmed
    if trimmed.count == 19, trimmed[10] == UInt8(ascii: "T"), trimmed[16] == UInt8(ascii: ":") {
      try demand(trimmed.elementsEqual(text), "a time without a zone stays as it is")
    }
  }

  static let number = FuzzTarget(
    "number",
    seeds: ["0", "-0.0", "7", "7.0", "007", "7e2", "0.1", "1e-05", "1.7976931348623157e+308", "5e-324", " 12.50 "],
    words: ["e", "E", ".", "+", "-", "0000000000000000000000"], rounds: 3000
  ) { input in
    let span = ByteSpan(input) ?? .empty
    let text = String(decoding: input, as: UTF8.self)
    let value = NumberText.double(input)
    if let value {
      let written = JSONValue.double(value).description
      let bytes = Array(written.utf8)
      let again = bytes.withUnsafeBytes { NumberText.double($0) }
      try demand(again?.bitPattern == value.bitPattern, "\(written) is read as what it was written for")
      try demand(bytes.withUnsafeBytes { NumberText.isCanonicalDouble(ByteSpan($0)!) }, "\(written) is canonical")
      let trimmed = String(decoding: input.trimmed, as: UTF8.self)
      try demand(Double(trimmed)?.bitPattern == value.bitPattern, "the value is strtod's")
    }
    if NumberText.isCanonicalDouble(span) {
      try demand(value.map { JSONValue.double($0).description } == text, "canonical is what is written")
    }
    if let whole = NumberText.integer(input) {
      try demand(value == Double(whole), "the whole number is the number")
    } else if let value, !input.contains(where: { ".eE".utf8.contains($0) }) {
      try demand(abs(value) >= 9.2e18, "a whole number is taken")
    }
    if NumberText.isCanonicalInteger(span) { try demand(Int(text).map(String.init) == text, "canonical, whole") }
  }
}

/// Goes through lines, the last one ended where it was not.
private func eachLine(
  _ input: UnsafeRawBufferPointer, _ body: (UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) throws -> Void
) throws {
  for line in input.split(separator: 0x0A, maxSplits: 8, omittingEmptySubsequences: false) {
    guard !line.contains(0x0A) else { return }
    try GuardedBytes.use(line + [0x0A]) { bytes in
      let span = ByteSpan(bytes)!
      try body(span.start, span.start + span.count)
    }
  }
}

private func scan(_ scanner: inout EventScanner, _ line: String) -> Bool {
  Array((line + "\n").utf8).withUnsafeBytes { bytes in
    let span = ByteSpan(bytes)!
    return scanner.scan(span.start, span.start + span.count) != nil
  }
}

private func fields(_ event: EventView) -> [String] {
  [event.eventID, event.userID, event.seconds, Int(event.day), Int(event.type.rawValue)].map(String.init)
    + [event.time, event.typeName, event.courseID, event.watchMinutes, event.quizScore, event.amount].map(\.string)
}

private func fields(_ row: UserDayView) -> [String] {
  [String(row.userID), String(row.day), String(row.isEmpty)] + (row.isEmpty ? [] : row.measures.map(\.string))
}

private func decoded(_ field: [UInt8]) throws -> String {
  guard let text = String(validating: field, as: UTF8.self) else { throw FuzzViolation(description: "no UTF-8") }
  return text
}

private final class TextRows: RowOutput {
  let buffer = ByteBuffer()
  func flushIfNeeded() {}
}

let eventLines = [
  #"{"event_id":1970,"user_id":32,"event_time":"2025-01-01T00:07:00","event_date":"2025-01-01","event_type":"login","#
    + #""watch_minutes":0.0}"#,
  #"{"event_id":550,"user_id":10,"event_time":"2025-01-01T15:52:00","event_type":"course_enroll","#
    + #""course_id":"devops-warrior","watch_minutes":0.0,"quiz_score":1e-05,"amount":-12.5}"#,
  #"{"event_id":"7.0","user_id":10,"event_time":"2025-01-01 15:52","event_type":" Login ","amount":"x","more":[{}]}"#,
]

let eventWords = [
  "\"event_id\":", ",\"user_id\":", ",\"event_time\":\"", ",\"event_date\":\"", ",\"event_type\":\"",
  ",\"course_id\":\"", ",\"watch_minutes\":", ",\"quiz_score\":", ",\"amount\":", "login", "video_watch", "event_time",
  "\\u005f",
]

private let userDayLines = [
  #"{"user_id":1,"as_of_date":"2025-01-01","pane":"early","revision":0,"total_events":2,"logins_count":1}"#,
  #"{"user_id":10,"as_of_date":"2025-01-02","pane":"on_time","revision":0}"#,
  #"{"user_id":2,"as_of_date":"2025-01-01","pane":"late","revision":3,"total_events":2,"watch_minutes_sum":57.7,"#
    + #""quiz_attempts_count":1,"quiz_avg_score":45.1,"payment_success_count":1,"support_ticket_count":1}"#,
]
