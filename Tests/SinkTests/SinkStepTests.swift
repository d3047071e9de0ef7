import CSVText
import ExternalSort
import Records
import Sink
import TestSupport
import Testing

struct SinkStepTests {
  /// The three files of a finished step.
  private struct Files: Equatable {
    var users: String
    var events: String
    var userDays: String
  }

  private final class Rows: RowOutput {
    let buffer = ByteBuffer()
    var text: String { String(decoding: buffer.bytes, as: UTF8.self) }
    func flushIfNeeded() {}
  }

  private static func files(_ step: SinkStep) throws -> Files {
    let (users, events, userDays) = (Rows(), Rows(), Rows())
    try step.users.writeRows(to: users)
    try step.events.writeRows(to: events)
    try step.userDays.writeRows(to: userDays)
    return Files(users: users.text, events: events.text, userDays: userDays.text)
  }

  /// Gives the topics one after the other, in the given order of inputs.
  private func gather(
    users: [String], events: [String] = [], userDays: [String] = [], order: [Int] = [0, 1, 2], engagement: Bool = false
  ) throws -> (step: SinkStep, files: Files) {
    let step = SinkStep(options: .init(keepsEngagement: engagement)) { MemoryRunStorage() }
    let outputs = RecordedOutputs([])
    let inputs = [users, events, userDays]
    for input in order {
      #expect(!step.isComplete)
      try step.give(inputs[input], to: input, batching: .random(seed: 3), into: outputs)
    }
    #expect(step.isComplete)
    return (step, try Self.files(step))
  }

  private static let users = [
    #"{"user_id":9,"signup_date":"2025-01-05","plan":"paid","is_paid":1,"country":"São Tomé, ST","marketing_source":"a\"b","engagement_score":0.5}"#,
    #"{"user_id":-4,"signup_date":"2025-01-07","plan":"a,b","is_paid":0}"#,
  ]

  private static let userHead = "user_id,signup_date,plan,is_paid,country,marketing_source"
  private static let dayHead =
    "user_id,as_of_date,signup_date,days_since_signup,plan,is_paid,country,marketing_source,is_active_day,total_events,"
    + "logins_count,enroll_count,watch_minutes_sum,quiz_attempts_count,quiz_avg_score,payment_success_count,"
    + "payment_failed_count,support_ticket_count\n"

  private func userDay(
    _ user: Int, _ date: String, _ pane: String = "on_time", _ revision: Int = 0, _ measures: String = ""
  )
    -> String
  {
    #"{"user_id":\#(user),"as_of_date":"\#(date)","pane":"\#(pane)","revision":\#(revision)\#(measures)}"#
  }

  @Test func quotesOnlyWhereCSVNeedsIt() throws {
    let (_, files) = try gather(users: Self.users)
    #expect(
      files.users == """
        \(Self.userHead),engagement_score
        9,2025-01-05,paid,1,"São Tomé, ST","a""b",0.5
        -4,2025-01-07,"a,b",0,,,

        """)
    #expect(
      files.events == "event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount,event_date\n")
    #expect(files.userDays == Self.dayHead)
  }

  @Test func withoutAnyEngagementScoreOnlyTheDaysHaveTheColumnThatWasAskedFor() throws {
    let (_, files) = try gather(
      users: [Self.users[1]], userDays: [userDay(-4, "2025-01-07")], engagement: true)
    #expect(files.users == "\(Self.userHead)\n-4,2025-01-07,\"a,b\",0,,\n")
    let head = Self.dayHead.replacing("marketing_source,", with: "marketing_source,engagement_score,")
    #expect(files.userDays == head + "-4,2025-01-07,2025-01-07,0,\"a,b\",0,,,,0,0,0,0,0.0,0,,0,0,0\n")
    #expect(try gather(users: []).files.users == "\(Self.userHead),engagement_score\n")
  }

  @Test func eventsComeOutByIdWithTheirTextsQuoted() throws {
    func event(_ id: Int, _ rest: String) -> String {
      #"{"event_id":\#(id),"user_id":9,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":\#(rest)}"#
    }
    let (step, files) = try gather(
      users: Self.users,
      events: [
        event(10, #""video_watch","course_id":"a,\"b\"","watch_minutes":1.5"#),
        event(2, #""quiz_attempt","course_id":"k8s","watch_minutes":0.0,"quiz_score":99.5"#),
        event(-7, #""payment_failed","watch_minutes":0.0,"amount":1e+16"#),
        event(3, #""über, \"x\"","course_id":"a\nb","watch_minutes":-0.0"#),
      ])
    #expect(
      files.events
        == """
        event_id,user_id,event_time,event_type,course_id,watch_minutes,quiz_score,amount,event_date
        -7,9,2025-01-06 10:00:00,payment_failed,,0.0,,1e+16,2025-01-06
        2,9,2025-01-06 10:00:00,quiz_attempt,k8s,0.0,99.5,,2025-01-06
        3,9,2025-01-06 10:00:00,"über, ""x""\","a
        b",-0.0,,,2025-01-06
        10,9,2025-01-06 10:00:00,video_watch,"a,""b""\",1.5,,,2025-01-06

        """.replacing("\\\"", with: "\""))
    #expect(step.count("events") == 4)
    #expect(step.events.firstDay == step.events.lastDay)
  }

  @Test func theLastRevisionOfAUsersDayStands() throws {
    let (step, files) = try gather(
      users: Self.users,
      userDays: [
        userDay(9, "2025-01-06", "early", 0, #","total_events":1,"logins_count":1"#),
        userDay(9, "2025-01-06", "on_time", 1, #","total_events":2,"logins_count":2"#), userDay(-4, "2025-01-06"),
        userDay(9, "2025-01-07"),
        userDay(-4, "2025-01-07", "on_time", 0, #","total_events":1,"quiz_attempts_count":1,"quiz_avg_score":0.0"#),
        userDay(9, "2025-01-05", "late"), userDay(-4, "2025-01-05", "late"),
        userDay(
          9, "2025-01-06", "late", 2,
          #","total_events":9,"logins_count":1,"enroll_count":2,"watch_minutes_sum":3.5,"quiz_attempts_count":4,"#
            + #""quiz_avg_score":5.5,"payment_success_count":6,"payment_failed_count":7,"support_ticket_count":8"#),
      ])
    #expect(
      files.userDays == Self.dayHead + """
        9,2025-01-05,2025-01-05,0,paid,1,"São Tomé, ST","a""b",0,0,0,0,0.0,0,,0,0,0
        9,2025-01-06,2025-01-05,1,paid,1,"São Tomé, ST","a""b",1,9,1,2,3.5,4,5.5,6,7,8
        9,2025-01-07,2025-01-05,2,paid,1,"São Tomé, ST","a""b",0,0,0,0,0.0,0,,0,0,0
        -4,2025-01-05,2025-01-07,0,"a,b",0,,,0,0,0,0,0.0,0,,0,0,0
        -4,2025-01-06,2025-01-07,0,"a,b",0,,,0,0,0,0,0.0,0,,0,0,0
        -4,2025-01-07,2025-01-07,0,"a,b",0,,,1,1,0,0,0.0,1,0.0,0,0,0

        """)
    #expect(step.count("user_days") == 6)
    #expect(step.count("active_user_days") == 2)
  }

  @Test func engagementFollowsTheSourceWhereAskedFor() throws {
    let (_, files) = try gather(
      users: Self.users, userDays: [userDay(9, "2025-01-06"), userDay(-4, "2025-01-06")], engagement: true)
    #expect(
      files.userDays
        == Self.dayHead.replacing("marketing_source,", with: "marketing_source,engagement_score,") + """
          9,2025-01-06,2025-01-05,1,paid,1,"São Tomé, ST","a""b",0.5,0,0,0,0,0.0,0,,0,0,0
          -4,2025-01-06,2025-01-07,0,"a,b",0,,,,0,0,0,0,0.0,0,,0,0,0

          """)
  }

  @Test func daysBefore1970ComeBeforeLaterOnes() throws {
    let dates = ["1970-01-01", "0001-01-01", "9999-12-31", "1969-12-31"]
    let (_, files) = try gather(users: Self.users, userDays: dates.map { userDay(9, $0) })
    let found = files.userDays.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
    #expect(found == ["0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31"])
  }

  @Test func aStepThatGoesOnFromRunsKeepsThemWhileItsUsersAreReadAgain() throws {
    let storages = (0..<3).map { _ in MemoryRunStorage() }
    func step(_ state: JSONValue? = nil) throws -> SinkStep {
      var left = storages[...]
      let step = SinkStep(runByteLimit: 64) { left.removeFirst() }
      if let state { try step.recover(from: state) }
      return step
    }
    let outputs = RecordedOutputs([])
    let days = (1...9).map { userDay(9, "2025-01-0\($0)", "on_time", 0, ",\"total_events\":\($0)") }
    func bytes(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }
    let first = try step()
    try first.give(Self.users, to: 0, into: outputs)
    try bytes(days).withUnsafeBytes { try first.process($0, of: 2, at: 0, into: outputs.topics) }
    let kept = first.keptInputs
    #expect(kept[2] > 2 && kept[2] < 9)

    // it dies, and the one after it dies again before all users were read
    let second = try step(first.recoveryState)
    try bytes([Self.users[0]]).withUnsafeBytes { try second.process($0, of: 0, at: 0, into: outputs.topics) }
    try bytes(Array(days[kept[2]...])).withUnsafeBytes {
      try second.process($0, of: 2, at: kept[2], into: outputs.topics)
    }
    #expect(second.keptInputs == kept)
    #expect(second.recoveryState == first.recoveryState)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func theOrderInWhichInputsMixChangesNothing(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let users = (0..<20).map { #"{"user_id":\#($0 * 7 % 20),"signup_date":"2025-01-01","plan":"free","is_paid":0}"# }
    let events = Array(0..<200).shuffled(using: &random).map {
      #"{"event_id":\#($0),"user_id":1,"event_time":"2025-01-06T10:00:00","event_date":"2025-01-06","event_type":"login","watch_minutes":0.0}"#
    }
    var userDays: [String] = []
    for day in 10..<25 {
      for user in 0..<20 { userDays.append(userDay(user, "2025-01-\(day)")) }
      for revision in 1..<4 {
        userDays.append(
          userDay(
            3, "2025-01-\(Int.random(in: 10...day, using: &random))", "late", revision,
            #","total_events":\#(userDays.count)"#))
      }
    }
    let expected = try gather(users: users, events: events, userDays: userDays).files
    for order in [[2, 1, 0], [1, 2, 0], [2, 0, 1]] {
      let isSame = try gather(users: users, events: events, userDays: userDays, order: order).files == expected
      #expect(isSame, "seed \(seed), \(order)")
    }
    for _ in 0..<5 {
      let step = SinkStep { MemoryRunStorage() }
      let outputs = RecordedOutputs([])
      var rest = [users[...], events[...], userDays[...]]
      var open = [0, 1, 2]
      while !open.isEmpty {
        let input = random.pick(open)
        let batch = rest[input].prefix(Int.random(in: 1...30, using: &random))
        let first = rest[input].startIndex
        rest[input] = rest[input].dropFirst(batch.count)
        let ends = rest[input].isEmpty && random.chance(2)
        try step.give(Array(batch), to: input, at: first, batching: .all, ends: ends, into: outputs)
        if ends { open.removeAll { $0 == input } }
      }
      #expect(step.isComplete)
      let isSame = try Self.files(step) == expected
      #expect(isSame, "seed \(seed)")
    }
  }

  @Test(arguments: [
    (0, "{}", "users.clean"),
    (0, #"{"user_id":9,"signup_date":"2025-01-05","plan":"paid","is_paid":1}"#, "users.clean"),
    (1, #"{"event_id":1}"#, "events.clean"), (2, "[]", "user.daily"),
    (2, #"{"user_id":77,"as_of_date":"2025-01-06","pane":"on_time","revision":0}"#, "user.daily"),
    (2, #"{"user_id":9,"as_of_date":"2025-02-30","pane":"on_time","revision":0}"#, "user.daily"),
  ])
  func aMessageThatBreaksItsContractIsAnErrorThatNamesIt(input: Int, line: String, topic: String) throws {
    let step = SinkStep { MemoryRunStorage() }
    let outputs = RecordedOutputs([])
    try step.give(Self.users, to: 0, ends: input != 0, into: outputs)
    let error = #expect(throws: StepError.self) { try step.give([line], to: input, at: 55, into: outputs) }
    #expect(error?.topic == topic)
    #expect(error?.offset == 55)
  }

  @Test func theNameOfAPostponedUserDayThatIsWrongIsKept() throws {
    let step = SinkStep { MemoryRunStorage() }
    let outputs = RecordedOutputs([])
    try step.give([userDay(9, "2025-01-06"), "{}"], to: 2, at: 10, into: outputs)
    let error = #expect(throws: StepError.self) { try step.give(Self.users, to: 0, into: outputs) }
    #expect(error?.topic == "user.daily")
    #expect(error?.offset == 11)
  }
}
