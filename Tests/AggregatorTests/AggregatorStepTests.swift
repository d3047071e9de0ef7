import Aggregator
import Records
import TestSupport
import Testing

struct AggregatorStepTests {
  private func aggregate(
    users: [String] = [cleanUser(1), cleanUser(2)], _ events: [CleanEvent],
    options: AggregatorStep.Options = .init(), history: MemoryHistory? = nil, batching: Batching = .all,
    byteLimit: Int = 1 << 16, countLimit: Int = .max
  ) throws -> (step: AggregatorStep, lines: [String]) {
    let step = AggregatorStep(options: options, history: history)
    let outputs = RecordedOutputs(step.outputs, byteLimit: byteLimit, countLimit: countLimit)
    try withExtendedLifetime(history) {
      try step.give(users, to: 0, batching: batching, into: outputs)
      try step.give(events.map(\.line), to: 1, batching: batching, into: outputs)
    }
    return (step, outputs.lines(0))
  }

  /// A row without measures, or with the text of some.
  private func row(
    _ user: Int, _ date: String, _ pane: String = "on_time", _ revision: Int = 0, _ measures: String = ""
  )
    -> String
  {
    #"{"user_id":\#(user),"as_of_date":"\#(date)","pane":"\#(pane)","revision":\#(revision)\#(measures)}"#
  }

  // MARK: The grid

  @Test func everyUserHasARowForEveryDayAlsoForDaysWithoutEvents() throws {
    let (step, lines) = try aggregate(
      users: [cleanUser(7), cleanUser(-2), cleanUser(5)],
      [CleanEvent(1, 5, "2024-02-28T23:59:59"), CleanEvent(2, 7, "2024-03-02T00:00:00", "logout")])
    let one = #","total_events":1"#
    #expect(
      lines == [
        row(7, "2024-02-28"), row(-2, "2024-02-28"), row(5, "2024-02-28", "on_time", 0, one + #","logins_count":1"#),
        row(7, "2024-02-29"), row(-2, "2024-02-29"), row(5, "2024-02-29"),
        row(7, "2024-03-01"), row(-2, "2024-03-01"), row(5, "2024-03-01"),
        row(7, "2024-03-02", "on_time", 0, one), row(-2, "2024-03-02"), row(5, "2024-03-02"),
      ])
    #expect(step.count("days") == 4)
    #expect(step.count("rows") == 12)
    #expect(step.count("events") == 2)
    #expect(step.count("late_events") == 0)
  }

  @Test func withoutEventsTheGridIsTheEarliestSignup() throws {
    let (step, lines) = try aggregate(users: [cleanUser(1, "2025-03-02"), cleanUser(2, "2025-03-01")], [])
    #expect(lines == [row(1, "2025-03-01"), row(2, "2025-03-01")])
    #expect(step.count("days") == 1)
  }

  @Test func withoutUsersThereIsNoRow() throws {
    let (step, lines) = try aggregate(users: [], [])
    #expect(lines.isEmpty)
    #expect(step.count("days") == 0)
  }

  @Test func everyMeasureIsTakenFromItsOwnTypeOnly() throws {
    var events: [CleanEvent] = []
    let types = [
      "login", "course_enroll", "course_enroll", "payment_success", "payment_failed", "payment_failed",
      "support_ticket",
      "other",
    ]
    for (index, type) in types.enumerated() {
      events.append(CleanEvent(index + 1, 1, "2025-01-06T10:00:00", type, watch: 100, quiz: 50))
    }
    events.append(CleanEvent(20, 1, "2025-01-06T10:00:00", "video_watch", watch: 1.5, quiz: 50))
    events.append(CleanEvent(21, 1, "2025-01-06T10:00:00", "quiz_attempt", watch: 100, quiz: 7))
    events.append(CleanEvent(22, 1, "2025-01-06T10:00:00", "quiz_attempt"))
    events.append(CleanEvent(23, 1, "2025-01-06T10:00:00", "quiz_attempt", quiz: 8))
    let (_, lines) = try aggregate(users: [cleanUser(1)], events)
    #expect(
      lines == [
        row(
          1, "2025-01-06", "on_time", 0,
          #","total_events":12,"logins_count":1,"enroll_count":2,"watch_minutes_sum":1.5,"quiz_attempts_count":3,"#
            + #""quiz_avg_score":7.5,"payment_success_count":1,"payment_failed_count":2,"support_ticket_count":1"#)
      ])
  }

  @Test func anAverageOfZeroIsThereAndASumOfZeroIsNot() throws {
    let (_, lines) = try aggregate(
      users: [cleanUser(1)],
      [
        CleanEvent(1, 1, "2025-01-06T10:00:00", "quiz_attempt", quiz: -0.0),
        CleanEvent(2, 1, "2025-01-06T10:00:00", "video_watch", watch: -0.0),
      ])
    #expect(
      lines == [row(1, "2025-01-06", "on_time", 0, #","total_events":2,"quiz_attempts_count":1,"quiz_avg_score":0.0"#)])
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func sumsDoNotDependOnArrival(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let events = (0..<700).map { id in
      let second = EventTime("2025-01-06")!.secondsSinceEpoch + Int.random(in: 0..<2000, using: &random)
      let isVideo = random.chance(2)
      return CleanEvent(
        id, random.chance(5) ? 2 : 1, second, isVideo ? "video_watch" : "quiz_attempt",
        watch: isVideo ? Double.random(in: 0...1e6, using: &random) : 0,
        quiz: isVideo ? nil : Double.random(in: 0...100, using: &random))
    }
    let plain = PlainAggregation(events)
    let day = CivilDate("2025-01-06")!.daysSinceEpoch
    let expected = [1, 2].map { row($0, "2025-01-06", "on_time", 0, plain.measures(user: $0, day: day)) }
    for _ in 0..<4 {
      #expect(try aggregate(events.shuffled(using: &random)).lines == expected, "seed \(seed)")
    }
  }

  // MARK: Closing

  @Test func aDayClosesWhenStreamTimePassesItsEndAndTheBound() throws {
    let step = AggregatorStep(options: .init(outOfOrdernessSeconds: 3600))
    let outputs = RecordedOutputs(step.outputs, countLimit: 1)
    try step.give([cleanUser(1)], to: 0, into: outputs)
    func add(_ event: CleanEvent, at offset: Int) throws -> [String] {
      let before = outputs.lines(0).count
      try step.give([event.line], to: 1, at: offset, ends: false, into: outputs)
      return Array(outputs.lines(0)[before...])
    }
    #expect(try add(CleanEvent(1, 1, "2025-01-06T10:00:00"), at: 0).isEmpty)
    #expect(try add(CleanEvent(2, 1, "2025-01-07T00:59:59"), at: 1).isEmpty)
    // within the bound: counts for its day, not late
    #expect(try add(CleanEvent(3, 1, "2025-01-06T23:00:00"), at: 2).isEmpty)
    #expect(
      try add(CleanEvent(4, 1, "2025-01-07T01:00:00"), at: 3)
        == [row(1, "2025-01-06", "on_time", 0, #","total_events":2,"logins_count":2"#)])
    // four days later: the day before that is still within the bound
    #expect(
      try add(CleanEvent(5, 1, "2025-01-10T00:10:00"), at: 4)
        == [row(1, "2025-01-07", "on_time", 0, #","total_events":2,"logins_count":2"#), row(1, "2025-01-08")])
    #expect(try add(CleanEvent(6, 1, "2025-01-09T23:59:00"), at: 5).isEmpty)
    try step.end(of: 1, at: 6, into: outputs.topics)
    #expect(
      outputs.lines(0).suffix(2) == [
        row(1, "2025-01-09", "on_time", 0, #","total_events":1,"logins_count":1"#),
        row(1, "2025-01-10", "on_time", 0, #","total_events":1,"logins_count":1"#),
      ])
    #expect(step.count("late_events") == 0)
  }

  @Test func aBoundOfSeveralDaysKeepsSeveralDaysOpen() throws {
    let events = [
      CleanEvent(1, 1, "2025-01-06T10:00:00"), CleanEvent(2, 1, "2025-01-08T10:00:00"),
      CleanEvent(3, 2, "2025-01-06T11:00:00"), CleanEvent(4, 2, "2025-01-07T11:00:00"),
    ]
    let (step, lines) = try aggregate(events, options: .init(outOfOrdernessSeconds: 3 * 86_400))
    let one = #","total_events":1,"logins_count":1"#
    #expect(
      lines == [
        row(1, "2025-01-06", "on_time", 0, one), row(2, "2025-01-06", "on_time", 0, one),
        row(1, "2025-01-07"), row(2, "2025-01-07", "on_time", 0, one),
        row(1, "2025-01-08", "on_time", 0, one), row(2, "2025-01-08"),
      ])
    #expect(step.count("late_events") == 0)
  }

  // MARK: Late and early

  @Test func aLateEventGivesALaterRevisionOfTheWholeDay() throws {
    let events = [
      CleanEvent(10, 1, "2025-01-06T10:00:00", "video_watch", watch: 0.1),
      CleanEvent(11, 1, "2025-01-06T11:00:00", "video_watch", watch: 0.2),
      CleanEvent(12, 2, "2025-01-07T10:00:00"),
      CleanEvent(5, 1, "2025-01-06T10:00:00", "video_watch", watch: 0.3),
      CleanEvent(6, 1, "2025-01-06T09:00:00"),
    ]
    let history = MemoryHistory(events)
    let (step, lines) = try aggregate(events, history: history)
    let sum = JSONValue.double(0.3 + 0.1 + 0.2)  // by time, then by id
    #expect(
      Array(lines[2..<4]) == [
        row(1, "2025-01-06", "late", 1, #","total_events":3,"watch_minutes_sum":\#(sum)"#),
        row(1, "2025-01-06", "late", 2, #","total_events":4,"logins_count":1,"watch_minutes_sum":\#(sum)"#),
      ])
    #expect(lines.count == 6)
    #expect(step.count("late_events") == 2)
    #expect(step.count("rows") == 6)
    // history is read once for a day, and not beyond the late event
    #expect(history.asked == [0..<3])
  }

  @Test func aLateEventOnADayWithoutEventsIsItsFirst() throws {
    let events = [
      CleanEvent(1, 1, "2025-01-06T10:00:00"), CleanEvent(2, 1, "2025-01-08T10:00:00"),
      CleanEvent(3, 2, "2025-01-07T10:00:00"),
    ]
    let (_, lines) = try aggregate(events, history: MemoryHistory(events))
    #expect(lines[4] == row(2, "2025-01-07", "late", 1, #","total_events":1,"logins_count":1"#))
  }

  @Test func withoutHistoryALateEventIsAnErrorThatNamesIt() {
    let events = [
      CleanEvent(1, 1, "2025-01-06T10:00:00"), CleanEvent(2, 1, "2025-01-08T10:00:00"),
      CleanEvent(3, 2, "2025-01-06T10:00:00"),
    ]
    #expect(
      throws: StepError(
        topic: "events.clean", offset: 2, problem: "a late event, and no history to correct its day from")
    ) { try aggregate(events) }
  }

  @Test func anEventBeforeTheFirstDayMakesTheGridGrowBackwards() throws {
    let events = [
      CleanEvent(1, 1, "2025-01-06T10:00:00"), CleanEvent(2, 2, "2025-01-04T10:00:00"),
      CleanEvent(3, 1, "2025-01-05T10:00:00"), CleanEvent(4, 1, "2025-01-04T10:00:00"),
    ]
    let (step, lines) = try aggregate(events, history: MemoryHistory(events))
    let one = #","total_events":1,"logins_count":1"#
    #expect(
      lines == [
        row(1, "2025-01-04", "late"), row(2, "2025-01-04", "late", 0, one),
        row(1, "2025-01-05", "late"), row(2, "2025-01-05", "late"),
        row(1, "2025-01-05", "late", 1, one), row(1, "2025-01-04", "late", 1, one),
        row(1, "2025-01-06", "on_time", 0, one), row(2, "2025-01-06"),
      ])
    #expect(step.count("days") == 3)
  }

  @Test func aDayBeforeTheFirstThatIsWithinTheBoundIsNotLate() throws {
    // the first event came a little too early: the one before midnight is 20 minutes out of order, the bound is an hour
    let events = [CleanEvent(1, 1, "2025-01-07T00:10:00"), CleanEvent(2, 1, "2025-01-06T23:50:00")]
    let (step, lines) = try aggregate(
      users: [cleanUser(1)], events, options: .init(outOfOrdernessSeconds: 3600), history: MemoryHistory(events))
    let one = #","total_events":1,"logins_count":1"#
    #expect(lines == [row(1, "2025-01-06", "on_time", 0, one), row(1, "2025-01-07", "on_time", 0, one)])
    #expect(step.count("late_events") == 0)
  }

  @Test func earlyRowsComeAtIntervalsForUsersWithNews() throws {
    let events = [
      CleanEvent(1, 1, "2025-01-06T00:10:00"), CleanEvent(2, 2, "2025-01-06T00:50:00"),
      CleanEvent(3, 1, "2025-01-06T01:00:00"), CleanEvent(4, 1, "2025-01-06T01:30:00"),
      CleanEvent(5, 1, "2025-01-06T05:00:00"), CleanEvent(6, 1, "2025-01-07T00:00:00"),
      CleanEvent(7, 1, "2025-01-06T06:00:00"),
    ]
    let (_, lines) = try aggregate(events, options: .init(earlyIntervalSeconds: 3600), history: MemoryHistory(events))
    func logins(_ count: Int) -> String { #","total_events":\#(count),"logins_count":\#(count)"# }
    #expect(
      lines == [
        row(1, "2025-01-06", "early", 0, logins(1)), row(2, "2025-01-06", "early", 0, logins(1)),
        row(1, "2025-01-06", "early", 1, logins(3)),
        row(1, "2025-01-06", "on_time", 2, logins(4)), row(2, "2025-01-06", "on_time", 1, logins(1)),
        row(1, "2025-01-06", "late", 3, logins(5)),
        row(1, "2025-01-07", "on_time", 0, logins(1)), row(2, "2025-01-07"),
      ])
  }

  @Test func noEarlyRowComesBeforeAnIntervalHasPassed() throws {
    let events = [CleanEvent(1, 1, "2025-01-06T13:00:00"), CleanEvent(2, 1, "2025-01-06T13:05:00")]
    let (_, lines) = try aggregate(users: [cleanUser(1)], events, options: .init(earlyIntervalSeconds: 3600))
    #expect(lines == [row(1, "2025-01-06", "on_time", 0, #","total_events":2,"logins_count":2"#)])
  }

  // MARK: Sums

  @Test(arguments: [
    (["1e308", "1e308"], #""inf""#), (["-1e308", "-1e308"], #""-inf""#),
    (["1e308", "1e308", "-1e308", "-1e308"], #""inf""#),
    (Array(repeating: "1e308", count: 8) + Array(repeating: "-1e308", count: 8), "0.0"),
    (
      Array(repeating: ["1e308", "-1e308", "0.0", "0.0", "0.0", "0.0", "0.0", "0.0"], count: 2).flatMap { $0 },
      #""nan""#
    ),
  ])
  func sumsThatGoOutOfBoundsAreTexts(values: [String], sum: String) throws {
    let events = values.enumerated().map { CleanEvent($0, 1, "2025-01-06T10:00:00", "quiz_attempt", quiz: Double($1)!) }
    let (_, lines) = try aggregate(users: [cleanUser(1)], events)
    let message = try JSONValue(parsing: lines[0])
    #expect(message["quiz_avg_score"]?.description == sum)
    let problem = Array(lines[0].utf8).withUnsafeBytes { TopicCatalogue.schema(of: "user.daily").check($0).problem }
    #expect(problem == nil)
  }

  @Test func manyEventsOfOneSecondAreSummedInTheOrderOfTheirIds() throws {
    let count = 100_000
    let events = (0..<count).map {
      CleanEvent(count - $0, 1, "2025-01-06T10:00:00", "video_watch", watch: Double($0) / 7)
    }
    let (_, lines) = try aggregate(users: [cleanUser(1)], events)
    #expect(
      lines == [row(1, "2025-01-06", "on_time", 0, PlainAggregation(events).measures(user: 1, day: events[0].day))])
  }

  // MARK: Limits and contracts

  @Test(arguments: [
    ["2025-01-06T10:00:00", "2025-01-16T00:00:00"], ["2025-01-16T10:00:00", "2025-01-06T00:00:00"],
    ["2025-01-06T10:00:00", "2025-01-10T00:00:00", "9999-12-31T23:59:59"],
  ])
  func moreDaysThanAllowedAreAnErrorThatNamesTheEvent(times: [String]) throws {
    let events = times.enumerated().map { CleanEvent($0, 1, $1) }
    let error = #expect(throws: StepError.self) {
      try aggregate(events, options: .init(maxDays: 10), history: MemoryHistory(events))
    }
    #expect(error?.offset == times.count - 1)
    #expect(error?.problem.contains("--max-days 10") == true)
    #expect(error?.problem.contains("event \(times.count - 1) on \(times.last!.prefix(10))") == true)
    #expect(error?.problem.contains("event 0 on \(times[0].prefix(10)) (offset 0)") == true)
  }

  @Test func asManyDaysAsAllowedAreNoError() throws {
    let (step, _) = try aggregate(
      [CleanEvent(1, 1, "2025-01-06T10:00:00"), CleanEvent(2, 1, "2025-01-15T00:00:00")], options: .init(maxDays: 10))
    #expect(step.count("days") == 10)
  }

  @Test(arguments: [
    "nonsense", "{}", #"{"event_id":1,"user_id":1,"event_time":"2025-01-06","event_type":"login"}"#,
    #"{"event_id":1,"user_id":9,"event_time":"2025-01-06T10:00:00","event_type":"login"}"#,
    #"{"event_id":1,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"video_watch","watch_minutes":1e999}"#,
  ])
  func anEventThatBreaksItsContractIsAnErrorThatNamesIt(line: String) throws {
    let step = AggregatorStep()
    let outputs = RecordedOutputs(step.outputs)
    try step.give([cleanUser(1)], to: 0, into: outputs)
    let error = #expect(throws: StepError.self) {
      try step.give([CleanEvent(1, 1, "2025-01-06T10:00:00").line, line], to: 1, at: 40, into: outputs)
    }
    #expect(error?.topic == "events.clean")
    #expect(error?.offset == 41)
  }

  @Test(arguments: ["nonsense", #"{"user_id":1}"#, cleanUser(7)])
  func aUserThatBreaksItsContractIsAnErrorThatNamesIt(line: String) {
    let error = #expect(throws: StepError.self) { try aggregate(users: [cleanUser(7), line], []) }
    #expect(error?.topic == "users.clean")
    #expect(error?.offset == 1)
  }

  @Test func eventsInAnyJSONFormCountTheSame() throws {
    let step = AggregatorStep()
    let outputs = RecordedOutputs(step.outputs)
    try step.give([cleanUser(1)], to: 0, into: outputs)
    try step.give(
      [
        #" { "quiz_score" : 5.0, "event_type":"quiz\u005fattempt", "user_id":1,"event_id":1,"event_time":"2025-01-06T10:00:00"}"#,
        #"{"event_id":2,"user_id":1,"event_time":"2025-01-06T10:00:00","event_type":"Ä","course_id":"\"","watch_minutes":1}"#,
      ], to: 1, into: outputs)
    #expect(
      outputs.lines(0) == [
        row(1, "2025-01-06", "on_time", 0, #","total_events":2,"quiz_attempts_count":1,"quiz_avg_score":5.0"#)
      ])
  }

  // MARK: Any stream

  /// Events over a few days, in order apart from some that are moved.
  static func stream(seed: UInt64) -> [CleanEvent] {
    var random = SeededRandom(seed: seed)
    let start = EventTime("1969-12-28")!.secondsSinceEpoch
    let types = [
      "login", "video_watch", "quiz_attempt", "course_enroll", "payment_success", "payment_failed", "support_ticket",
      "x",
    ]
    var events = (0..<300).map { id in
      CleanEvent(
        id, Int.random(in: 1...4, using: &random), start + Int.random(in: 0..<(8 * 86_400), using: &random),
        random.pick(types), watch: Double.random(in: 0...180, using: &random),
        quiz: random.chance(3) ? nil : Double.random(in: 0...100, using: &random))
    }
    events.removeAll { $0.day == 1 || $0.day == 0 && $0.user != 3 }
    events.sort { ($0.seconds, $0.id) < ($1.seconds, $1.id) }
    for _ in 0..<Int.random(in: 0...40, using: &random) {
      let event = events.remove(at: Int.random(in: 0..<events.count, using: &random))
      events.insert(event, at: Int.random(in: 0...events.count, using: &random))
    }
    return events
  }

  @Test(arguments: Array(1...12) as [UInt64])
  func theLastRevisionsAreWhatAPlainComputationGives(seed: UInt64) throws {
    let events = Self.stream(seed: seed)
    let users = (1...4).map { cleanUser($0) }
    let plain = PlainAggregation(events)
    for bound in [0, 3600, 100_000] {
      for interval in [nil, 5000] {
        let options = AggregatorStep.Options(outOfOrdernessSeconds: bound, earlyIntervalSeconds: interval)
        let (step, lines) = try aggregate(users: users, events, options: options, history: MemoryHistory(events))
        let days = events.map(\.day).min()!...events.map(\.day).max()!

        var rows: [PlainAggregation.UserDay: [String]] = [:]
        for line in lines {
          let record = try JSONValue(parsing: line)
          let day = CivilDate(record["as_of_date"]!.stringValue!)!.daysSinceEpoch
          let key = PlainAggregation.UserDay(user: record["user_id"]!.intValue!, day: day)
          #expect(record["revision"]?.intValue == rows[key]?.count ?? 0, "seed \(seed): \(line)")
          rows[key, default: []].append(line)
        }
        #expect(rows.count == days.count * 4)
        #expect(step.count("days") == days.count)
        #expect(step.count("rows") == lines.count)
        #expect(step.count("events") == events.count)
        for day in days {
          for user in 1...4 {
            let last = rows[.init(user: user, day: day)]?.last ?? "nothing"
            let measures = plain.measures(user: user, day: day)
            let isEqual = last.replacing(/^.*"revision":[0-9]+/, with: "") == measures + "}"
            #expect(isEqual, "seed \(seed), bound \(bound), day \(day), user \(user): \(last) is not \(measures)")
          }
        }
      }
    }
  }

  @Test(arguments: [21, 22, 23] as [UInt64])
  func batchesAndChunksChangeNothing(seed: UInt64) throws {
    let events = Self.stream(seed: seed)
    let users = (1...4).map { cleanUser($0) }
    let options = AggregatorStep.Options(outOfOrdernessSeconds: 600, earlyIntervalSeconds: 7200)
    let expected = try aggregate(users: users, events, options: options, history: MemoryHistory(events))
    #expect(expected.step.count("late_events") > 0)
    for batching in [Batching.single, .random(seed: seed)] {
      for (byteLimit, countLimit) in [(1 << 16, Int.max), (1, .max), (300, 3)] {
        let found = try aggregate(
          users: users, events, options: options, history: MemoryHistory(events, batchCount: 100), batching: batching,
          byteLimit: byteLimit, countLimit: countLimit)
        let isSame = found.lines == expected.lines && found.step.counts == expected.step.counts
        #expect(isSame, "seed \(seed), \(batching), \(byteLimit) bytes, \(countLimit) lines")
      }
    }
  }
}
