import Cleaner
import Records
import TestSupport
import Testing

struct CleanerStepTests {
  private static let user = #"{"user_id":1,"signup_date":"2025-01-01","plan":"free"}"#

  /// Cleans users and events, and gives the step and what it put out.
  private func clean(
    users: [String] = [CleanerStepTests.user], events: [String] = [], strict: Bool = false, generalOnly: Bool = false
  ) throws -> (step: CleanerStep, outputs: RecordedOutputs) {
    let step = CleanerStep(options: .init(isStrict: strict, takesGeneralRoadOnly: generalOnly))
    let outputs = RecordedOutputs(step.outputs)
    try step.give(users, to: 0, into: outputs)
    try step.give(events, to: 1, into: outputs)
    return (step, outputs)
  }

  private func reasons(_ outputs: RecordedOutputs, _ index: Int) throws -> [String] {
    try outputs.lines(index).map { try JSONValue(parsing: $0)["reason"]?.stringValue ?? "" }
  }

  // MARK: Users

  @Test(arguments: [
    (#"not json"#, "malformed"), (#""a row that could not be read""#, "malformed"), (#"[1]"#, "malformed"),
    ("", "malformed"), (#"{"user_id":1"#, "malformed"),
    (#"{}"#, "bad_user_id"), (#"{"user_id":null}"#, "bad_user_id"), (#"{"user_id":"x"}"#, "bad_user_id"),
    (#"{"user_id":1.5}"#, "bad_user_id"), (#"{"user_id":[1]}"#, "bad_user_id"), (#"{"user_id":true}"#, "bad_user_id"),
    (#"{"user_id":9223372036854775808}"#, "bad_user_id"), (#"{"user_id":"NA"}"#, "bad_user_id"),
    (#"{"user_id":2}"#, "bad_signup_date"), (#"{"user_id":2,"signup_date":"2025-02-29"}"#, "bad_signup_date"),
    (#"{"user_id":2,"signup_date":20250101}"#, "bad_signup_date"),
    (#"{"user_id":2,"signup_date":"2025-01-01"}"#, "missing_plan"),
    (#"{"user_id":2,"signup_date":"2025-01-01","plan":"  "}"#, "missing_plan"),
    (#"{"user_id":2,"signup_date":"2025-01-01","plan":"NULL"}"#, "missing_plan"),
    (#"{"user_id":1,"signup_date":"2025-01-01","plan":"paid"}"#, "duplicate"),
    (#"{"user_id":"1.0","signup_date":"2025-01-01","plan":"paid"}"#, "duplicate"),
    // the first check that fails is the reason
    (#"{"user_id":1,"signup_date":"x"}"#, "bad_signup_date"),
    (#"{"user_id":1,"signup_date":"2025-01-01"}"#, "missing_plan"),
    (#"{"user_id":"x","signup_date":"x"}"#, "bad_user_id"),
  ])
  func rejectsAUserForTheFirstCheckThatFails(line: String, reason: String) throws {
    let (step, outputs) = try clean(users: [Self.user, line])
    #expect(outputs.lines(0).count == 1)
    #expect(step.count("users_clean") == 1)
    #expect(step.count("users_rejected.\(reason)") == 1)
    let rejected = try JSONValue(parsing: outputs.text(2))
    #expect(rejected["topic"] == "users.raw")
    #expect(rejected["offset"] == 1)
    #expect(rejected["reason"]?.stringValue == reason)
    #expect(rejected["message"]?.stringValue == line)
    #expect(rejected["detail"]?.stringValue?.isEmpty == false)
  }

  @Test func cleansEveryFieldOfAUser() throws {
    let (step, outputs) = try clean(users: [
      #"{"user_id":"007.0","signup_date":" 2025-01-06 23:30-02:00","plan":" PAID ","is_paid":0,"country":"NA","#
        + #""marketing_source":" ads,\"x\"","engagement_score":"5e-1","extra":1}"#,
      #"{"user_id":-3,"signup_date":"2024-02-29","plan":"Trial","is_paid":1,"engagement_score":"high"}"#,
    ])
    #expect(
      outputs.lines(0) == [
        #"{"user_id":7,"signup_date":"2025-01-07","plan":"paid","is_paid":1,"marketing_source":" ads,\"x\"","#
          + #""engagement_score":0.5}"#,
        #"{"user_id":-3,"signup_date":"2024-02-29","plan":"trial","is_paid":0}"#,
      ])
    #expect(step.count("repaired.engagement_score") == 1)
    #expect(step.count("users_in") == 2)
  }

  @Test func theFirstValidRowOfAUserWins() throws {
    let (_, outputs) = try clean(users: [
      #"{"user_id":5,"signup_date":"bad","plan":"free"}"#,
      #"{"user_id":5,"signup_date":"2025-01-02","plan":"paid"}"#,
      #"{"user_id":5,"signup_date":"2025-01-03","plan":"free"}"#,
    ])
    #expect(outputs.lines(0) == [#"{"user_id":5,"signup_date":"2025-01-02","plan":"paid","is_paid":1}"#])
    #expect(try reasons(outputs, 2) == ["bad_signup_date", "duplicate"])
  }

  // MARK: Events

  private static let event =
    #"{"event_id":1,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#

  private static let eventRejections: [(String, String)] = [
    ("nonsense", "malformed"), ("", "malformed"), ("7", "malformed"), (#""1,1,2025""#, "malformed"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login""#, "malformed"),
    (#"{"user_id":1}"#, "bad_event_id"), (#"{"event_id":"two"}"#, "bad_event_id"),
    (#"{"event_id":"","user_id":1}"#, "bad_event_id"), (#"{"event_id":{},"user_id":1}"#, "bad_event_id"),
    (#"{"event_id":2.5,"user_id":1}"#, "bad_event_id"),
    (#"{"event_id":99999999999999999999,"user_id":1}"#, "bad_event_id"),
    (#"{"event_id":2}"#, "bad_user_id"), (#"{"event_id":2,"user_id":"NaN"}"#, "bad_user_id"),
    (#"{"event_id":2,"user_id":"1e-1"}"#, "bad_user_id"),
    (#"{"event_id":2,"user_id":1}"#, "bad_event_time"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-02-30T00:00:00","event_type":"login"}"#, "bad_event_time"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T24:00:00","event_type":"login"}"#, "bad_event_time"),
    (#"{"event_id":2,"user_id":1,"event_time":"yesterday","event_type":"login"}"#, "bad_event_time"),
    (#"{"event_id":2,"user_id":1,"event_time":1736157600,"event_type":"login"}"#, "bad_event_time"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00"}"#, "missing_event_type"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":""}"#, "missing_event_type"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"nan"}"#, "missing_event_type"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"null"}"#, "missing_event_type"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"\t "}"#, "missing_event_type"),
    (#"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":[]}"#, "missing_event_type"),
    (event, "duplicate"),
    (#"{"event_id":"1","user_id":1,"event_time":"2026-01-06T10:00:00","event_type":"logout"}"#, "duplicate"),
    (#"{"event_id":2,"user_id":2,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#, "unknown_user"),
    // the first check that fails is the reason
    (#"{"event_id":1,"user_id":2,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#, "duplicate"),
    (#"{"event_id":1,"user_id":2,"event_time":"2025-01-06T10:00:00"}"#, "missing_event_type"),
    (#"{"event_id":1,"user_id":2}"#, "bad_event_time"), (#"{"event_id":1,"user_id":"x"}"#, "bad_user_id"),
    (#"{"event_id":"x","user_id":"x"}"#, "bad_event_id"),
  ]

  @Test(arguments: eventRejections, [false, true])
  func rejectsAnEventForTheFirstCheckThatFails(rejection: (line: String, reason: String), generalOnly: Bool) throws {
    let (step, outputs) = try clean(events: [Self.event, rejection.line], generalOnly: generalOnly)
    #expect(outputs.lines(1).count == 1)
    #expect(step.count("events_in") == 2)
    #expect(step.count("events_clean") == 1)
    #expect(step.count("events_rejected.\(rejection.reason)") == 1)
    let rejected = try JSONValue(parsing: outputs.text(3))
    #expect(rejected["topic"] == "events.raw")
    #expect(rejected["offset"] == 1)
    #expect(rejected["reason"]?.stringValue == rejection.reason)
    #expect(rejected["message"]?.stringValue == rejection.line)
  }

  @Test(arguments: [false, true])
  func anIdThatWasSeenWithAnUnknownUserIsADuplicateLater(generalOnly: Bool) throws {
    let (_, outputs) = try clean(
      events: [
        #"{"event_id":5,"user_id":9,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#,
        #"{"event_id":5,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#,
      ], generalOnly: generalOnly)
    #expect(outputs.lines(1).isEmpty)
    #expect(try reasons(outputs, 3) == ["unknown_user", "duplicate"])
  }

  @Test(arguments: [false, true])
  func anIdOfARejectedEventIsStillFree(generalOnly: Bool) throws {
    let (_, outputs) = try clean(
      events: [
        #"{"event_id":5,"user_id":1,"event_time":"never","event_type":"login"}"#,
        #"{"event_id":5,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"NULL"}"#,
        #"{"event_id":5,"user_id":1,"event_time":"2025-01-06T11:00:00","event_type":"login"}"#,
      ], generalOnly: generalOnly)
    #expect(outputs.lines(1).count == 1)
    #expect(outputs.text(1).contains("11:00:00"))
    #expect(try reasons(outputs, 3) == ["bad_event_time", "missing_event_type"])
  }

  @Test(arguments: [
    (
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"login","watch_minutes":0.0}"#
    ),
    (
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"video_watch","course_id":"k8s","watch_minutes":12.5}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"video_watch","course_id":"k8s","watch_minutes":12.5}"#
    ),
    (
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"quiz_attempt","course_id":"k8s","quiz_score":99.0}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"quiz_attempt","course_id":"k8s","watch_minutes":0.0,"quiz_score":99.0}"#
    ),
    (
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"payment_failed","amount":499.9}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"payment_failed","watch_minutes":0.0,"amount":499.9}"#
    ),
    (
      #"{"amount":"1e2","quiz_score":" 7 ","watch_minutes":"5","course_id":" K 8 ","event_type":" Video_Watch\t","event_time":"2025-01-06 23:59:59.9-01:00","user_id":"1.0","event_id":"2e0","extra":{}}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-07T00:59:59","event_date":"2025-01-07","event_type":"video_watch","course_id":" K 8 ","watch_minutes":5.0,"quiz_score":7.0,"amount":100.0}"#
    ),
    (
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"Größe","course_id":"NaN","watch_minutes":-0.0}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"größe","watch_minutes":-0.0}"#
    ),
  ])
  func cleansAnEvent(raw: String, clean expected: String) throws {
    for generalOnly in [false, true] {
      let (step, outputs) = try clean(events: [raw], generalOnly: generalOnly)
      #expect(outputs.lines(1) == [expected])
      #expect(step.counts.filter { $0.name.hasPrefix("repaired") }.isEmpty)
    }
  }

  @Test(arguments: [false, true])
  func countsWhatItRepairsPerField(generalOnly: Bool) throws {
    let head = #","user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"#
    let (step, outputs) = try clean(
      events: [
        #"{"event_id":1\#(head)"video_watch"}"#,  // a video without minutes: repaired
        #"{"event_id":2\#(head)"video_watch","watch_minutes":"many"}"#,
        #"{"event_id":3\#(head)"login","watch_minutes":"many"}"#,
        #"{"event_id":4\#(head)"login"}"#,  // nothing is missing here
        #"{"event_id":5\#(head)"login","watch_minutes":"NA"}"#,
        #"{"event_id":6\#(head)"video_watch","watch_minutes":1e999}"#,
        #"{"event_id":7\#(head)"quiz_attempt"}"#,  // may be absent
        #"{"event_id":8\#(head)"quiz_attempt","quiz_score":"A+"}"#,
        #"{"event_id":9\#(head)"quiz_attempt","quiz_score":"inf"}"#,
        #"{"event_id":10\#(head)"payment_success","amount":[1]}"#,
        #"{"event_id":11\#(head)"payment_success","amount":"null"}"#,
      ], generalOnly: generalOnly)
    #expect(step.count("events_clean") == 11)
    #expect(step.count("repaired.watch_minutes") == 4)
    #expect(step.count("repaired.quiz_score") == 2)
    #expect(step.count("repaired.amount") == 1)
    #expect(outputs.lines(1).allSatisfy { $0.contains(#""watch_minutes":0.0"#) && !$0.contains("quiz_score") })
  }

  @Test(arguments: [false, true])
  func strictModeRejectsUnknownTypesBeforeDuplicates(generalOnly: Bool) throws {
    let events = [
      Self.event, #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"logout"}"#,
      #"{"event_id":1,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"logout"}"#,
      #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":" LOGIN"}"#,
    ]
    let strict = try clean(events: events, strict: true, generalOnly: generalOnly)
    #expect(try reasons(strict.outputs, 3) == ["unknown_event_type", "unknown_event_type"])
    #expect(strict.step.count("events_clean") == 2)
    let lax = try clean(events: events, generalOnly: generalOnly)
    #expect(try reasons(lax.outputs, 3) == ["duplicate", "duplicate"])
    #expect(lax.outputs.text(1).contains(#""event_type":"logout""#))
  }

  @Test(arguments: [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null",
  ])
  func aWordForAMissingValueIsMissingInEveryField(word: String) throws {
    for generalOnly in [false, true] {
      let (step, outputs) = try clean(
        users: [
          #"{"user_id":1,"signup_date":"2025-01-01","plan":"free","country":"\#(word)","engagement_score":"\#(word)"}"#
        ],
        events: [
          #"{"event_id":1,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login","course_id":"\#(word)","#
            + #""watch_minutes":"\#(word)","quiz_score":"\#(word)","amount":"\#(word)"}"#,
          #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login","course_id":"\#(word)"}"#,
          #"{"event_id":3,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"\#(word)"}"#,
        ], generalOnly: generalOnly)
      #expect(outputs.lines(0) == [#"{"user_id":1,"signup_date":"2025-01-01","plan":"free","is_paid":0}"#])
      let head = #","user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"login""#
      #expect(
        outputs.lines(1) == [
          #"{"event_id":1\#(head),"watch_minutes":0.0}"#, #"{"event_id":2\#(head),"watch_minutes":0.0}"#,
        ])
      #expect(try reasons(outputs, 3) == ["missing_event_type"])
      #expect(step.counts.filter { $0.name.hasPrefix("repaired") }.isEmpty)
    }
  }

  @Test func bytesThatAreNoTextAreRejectedAndKept() throws {
    let step = CleanerStep()
    let outputs = RecordedOutputs(step.outputs)
    try step.give([Self.user], to: 0, into: outputs)
    try step.give([[0x22, 0xFF, 0x22], [0x7B, 0x00, 0x7D]], to: 1, at: 40, into: outputs)
    let rejected = try outputs.lines(3).map { try JSONValue(parsing: $0) }
    #expect(rejected.map { $0["reason"]?.stringValue } == ["malformed", "malformed"])
    #expect(rejected.map { $0["offset"]?.intValue } == [40, 41])
    #expect(rejected[0]["message"]?.rawBytes == [0x22, 0xFF, 0x22])
    #expect(rejected[0]["detail"] == "the message is not UTF-8: byte 0xFF at byte 2")
    #expect(rejected[1]["message"]?.stringValue == "{\0}")
  }

  private static let details: [(event: String, detail: String)] = [
    (
      #"{"malformed":"4 fields where the header has 5","line":7,"row":"1,2,3,4"}"#,
      "line 7 of the file: 4 fields where the header has 5"
    ),
    (#""1,2""#, "the message is a text and no object with fields"),
    ("[]", "the message is a list and no object with fields"),
    (
      #"{"event_id":1,"user_id":1,"event_time":"2025-01-06","event_type":"login","course_id":{"bytes":"Mü"}}"#,
      "course_id is not UTF-8: byte 0xFC at byte 2 of the field"
    ),
    (
      #"{"event_id":"1\u00a0x\u202e","user_id":1}"#,
      #"event_id is "1\u{00A0}x\u{202E}", not a whole number of 64 bits"#
    ),
    (#"{"event_id":"٣","user_id":1}"#, #"event_id is "٣", not a whole number of 64 bits"#),
  ]

  @Test(arguments: details.indices)
  func aRejectionSaysWhatIsWrongAndWhere(index: Int) throws {
    let step = CleanerStep()
    let outputs = RecordedOutputs(step.outputs)
    try step.give([Self.user], to: 0, into: outputs)
    try step.give([Self.details[index].event], to: 1, into: outputs)
    let rejected = try outputs.lines(3).map { try JSONValue(parsing: $0) }
    #expect(rejected.map { $0["detail"]?.stringValue } == [Self.details[index].detail])
  }

  @Test func bytesInAColumnOfOnesOwnAreNoReason() throws {
    let step = CleanerStep()
    let outputs = RecordedOutputs(step.outputs)
    try step.give([Self.user], to: 0, into: outputs)
    let head = #"{"event_id":1,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"login""#
    try step.give([head + #","city":{"bytes":"Mü"}}"#], to: 1, into: outputs)
    #expect(outputs.lines(1).count == 1 && outputs.lines(3).isEmpty)
  }

  @Test func usersEndBeforeEventsAndEndTheirOwnOutputs() {
    let step = CleanerStep()
    #expect(step.inputs.map(\.isBootstrap) == [true, false])
    #expect(step.outputsEnding(with: 0) == [0, 2])
    #expect(step.outputsEnding(with: 1) == [1, 3])
  }
}
