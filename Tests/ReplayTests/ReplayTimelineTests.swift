import Records
import Replay
import TestSupport
import Testing

struct ReplayTimelineTests {
  private static let start = time("2025-01-06")
  private static let end = time("2025-01-09")
  private static let day = ReplaySpeed.factor(86_400)

  private static func time(_ text: String) -> EventTime { EventTime(text)! }

  /// Events, a timeline and a wall clock that is turned by hand: a millisecond, unless told.
  private struct Play {
    var timeline: ReplayTimeline
    var events: [EventTime]
    var wall = 5_000_000_000
    /// What went out, and when, in milliseconds since the start.
    var sent: [(event: EventTime, milliseconds: Int)] = []
    var isFinished = false

    init(
      _ events: [String], speed: ReplaySpeed = day, isPaused: Bool = false, pauseRule: PauseRule? = nil,
      longestSilenceSeconds: Int? = nil
    ) {
      self.events = events.map(time)
      timeline = ReplayTimeline(
        start: start, end: end, speed: speed, isPaused: isPaused, pauseRule: pauseRule,
        longestSilenceSeconds: longestSilenceSeconds)
      timeline.release(at: wall)
    }

    var milliseconds: Int { (wall - 5_000_000_000) / 1_000_000 }
    var clock: EventTime { timeline.instant(at: wall).time }
    var sentTimes: [String] { sent.map { $0.event.description } }

    /// Does what is due at this moment.
    mutating func settle() {
      var turns = 0
      while !isFinished {
        turns += 1
        precondition(turns < 1000, "it never waits")
        switch timeline.next(events.first, at: wall) {
        case .publish(let bound, var count):
          while count > 0, let event = events.first, event <= bound {
            sent.append((event, milliseconds))
            events.removeFirst()
            count -= 1
            timeline.sent(through: event)
          }
        case .wait: return
        case .finished: isFinished = true
        }
      }
    }

    mutating func run(forMilliseconds span: Int) {
      for _ in 0..<span {
        settle()
        wall += 1_000_000
      }
      settle()
    }
  }

  @Test func aPacedReplaySendsEveryEventAtItsTimeAndEndsWithItsClock() {
    var play = Play(["2025-01-06T06:00", "2025-01-07T12:00", "2025-01-08T18:00"])
    play.run(forMilliseconds: 2999)
    #expect(play.sent.map(\.milliseconds) == [250, 1500, 2750])
    #expect(!play.isFinished)
    play.run(forMilliseconds: 1)
    #expect(play.isFinished)
  }

  @Test func nothingIsDueWhileItIsHeldAndTheClockStandsStill() {
    var play = Play(["2025-01-06T06:00"])
    play.run(forMilliseconds: 100)
    play.timeline.hold(at: play.wall)
    play.run(forMilliseconds: 5000)
    #expect(play.sent.isEmpty)
    play.timeline.release(at: play.wall)
    play.run(forMilliseconds: 150)
    #expect(play.sent.map(\.milliseconds) == [5250])
  }

  @Test func aPauseTakesNoSimulatedTime() {
    var play = Play(["2025-01-06T06:00", "2025-01-06T12:00"])
    play.run(forMilliseconds: 300)
    play.timeline.pause(at: play.wall)
    play.run(forMilliseconds: 10_000)
    #expect(play.sent.count == 1)
    #expect(play.clock == Self.time("2025-01-06T07:12:00"))
    play.timeline.resume(at: play.wall)
    play.run(forMilliseconds: 200)
    #expect(play.sent.map(\.milliseconds) == [250, 10_500])
  }

  @Test func anotherSpeedGoesOnFromWhereTheClockIs() {
    var play = Play(["2025-01-06T12:00", "2025-01-07T12:00", "2025-01-08T12:00"])
    play.run(forMilliseconds: 500)
    play.timeline.setSpeed(.factor(2 * 86_400), at: play.wall)
    play.run(forMilliseconds: 500)
    play.timeline.setSpeed(.factor(86_400 / 2), at: play.wall)
    play.run(forMilliseconds: 2000)
    #expect(play.sent.map(\.milliseconds) == [500, 1000, 3000])
    play.timeline.setSpeed(.max, at: play.wall)
    play.settle()
    #expect(play.isFinished)
  }

  @Test func fromFullSpeedToAPaceTheClockStartsAtTheLastEvent() {
    var play = Play(["2025-01-06T12:00", "2025-01-07T12:00"], speed: .max, isPaused: true)
    play.timeline.step(.event, at: play.wall)
    play.settle()
    play.timeline.setSpeed(Self.day, at: play.wall)
    play.timeline.resume(at: play.wall)
    play.run(forMilliseconds: 1000)
    #expect(play.sent.map(\.milliseconds) == [0, 1000])
  }

  @Test(arguments: [day, .max] as [ReplaySpeed])
  func aStepSendsOneEventOrAStretchOfTimeAndPauses(speed: ReplaySpeed) throws {
    var play = Play(
      ["2025-01-06T06:00", "2025-01-06T06:00", "2025-01-06T23:00", "2025-01-07T00:00", "2025-01-08T12:00"],
      speed: speed, isPaused: true)
    play.settle()
    #expect(play.sent.isEmpty)
    play.timeline.step(.event, at: play.wall)
    play.settle()
    #expect(play.sent.count == 1)
    #expect(play.clock == Self.time("2025-01-06T06:00"))
    // what is due at its end belongs to the next step
    play.timeline.step(.duration(try SimulatedDuration("18h")), at: play.wall)
    play.settle()
    #expect(play.sent.count == 3)
    #expect(play.clock == Self.time("2025-01-07"))
    #expect(play.timeline.isPaused)
    // two at once add up
    play.timeline.step(.duration(try SimulatedDuration("1d")), at: play.wall)
    play.timeline.step(.duration(try SimulatedDuration("1h")), at: play.wall)
    play.settle()
    #expect(play.sent.count == 4)
    #expect(play.clock == Self.time("2025-01-08T01:00"))
    play.run(forMilliseconds: 100)
    #expect(play.sent.count == 4)
    // the last step reaches the end, and with it the replay does
    play.timeline.step(.duration(try SimulatedDuration("2d")), at: play.wall)
    play.settle()
    #expect(play.isFinished)
  }

  @Test func aStepPausesAReplayThatRuns() {
    var play = Play(["2025-01-06T06:00", "2025-01-06T12:00"])
    play.run(forMilliseconds: 100)
    play.timeline.step(.event, at: play.wall)
    play.run(forMilliseconds: 5000)
    #expect(play.sent.map(\.milliseconds) == [100])
    #expect(play.clock == Self.time("2025-01-06T06:00"))
  }

  @Test(arguments: [day, .max] as [ReplaySpeed])
  func itPausesAtEachMidnightBeforeTheEventsOfTheNextDay(speed: ReplaySpeed) {
    var play = Play(
      ["2025-01-06T06:00", "2025-01-06T23:59:59", "2025-01-07T00:00", "2025-01-08T12:00"], speed: speed,
      pauseRule: .dayEnd)
    var seen: [String] = []
    for _ in 0..<3 {
      play.run(forMilliseconds: 1500)
      seen.append("\(play.sent.count) \(play.timeline.isPaused ? "paused" : "running") \(play.isFinished)")
      play.timeline.resume(at: play.wall)
    }
    // the last midnight is the end
    #expect(seen == ["2 paused false", "3 paused false", "4 running true"])
  }

  @Test(arguments: [day, .max] as [ReplaySpeed])
  func itPausesOnceAtATime(speed: ReplaySpeed) {
    let at = Self.time("2025-01-07T12:00")
    var play = Play(
      ["2025-01-07T11:59:59", "2025-01-07T12:00", "2025-01-07T13:00"], speed: speed, pauseRule: .time(at))
    play.run(forMilliseconds: 5000)
    #expect(play.sent.count == 1)
    #expect(play.clock == at)
    play.timeline.resume(at: play.wall)
    play.run(forMilliseconds: 5000)
    #expect(play.isFinished)
  }

  @Test func aSeekPutsTheClockSomewhereElseWithinItsSpan() {
    var play = Play(["2025-01-06T06:00", "2025-01-08T12:00"])
    play.run(forMilliseconds: 500)
    play.timeline.seek(to: Self.time("2025-01-08"), at: play.wall)
    #expect(play.clock == Self.time("2025-01-08"))
    play.run(forMilliseconds: 500)
    #expect(play.sent.map(\.milliseconds) == [250, 1000])
    for (wish, place) in [("2024-01-01", Self.start), ("2026-01-01", Self.end)] {
      play.timeline.seek(to: Self.time(wish), at: play.wall)
      #expect(play.clock == place)
    }
  }

  @Test func noSilenceLastsLongerThanAsked() {
    // twelve hours, half a second, at most: before the first event, between two, behind the last
    var play = Play(
      ["2025-01-07T06:00", "2025-01-07T09:00", "2025-01-08T00:00"], longestSilenceSeconds: 43_200)
    play.run(forMilliseconds: 3000)
    #expect(play.sentTimes == ["2025-01-07T06:00:00", "2025-01-07T09:00:00", "2025-01-08T00:00:00"])
    #expect(play.sent.map(\.milliseconds) == [500, 625, 1125])
    #expect(play.isFinished)
    var whole = Play(["2025-01-07T06:00"], longestSilenceSeconds: 43_200)
    whole.run(forMilliseconds: 999)
    #expect(!whole.isFinished)
    whole.run(forMilliseconds: 1)
    #expect(whole.isFinished)
  }

  @Test func wallTimeThatIsLeftOutIsNotMadeUpFor() {
    var play = Play(["2025-01-06T12:00", "2025-01-07T00:00"])
    play.run(forMilliseconds: 400)
    let asleep = play.wall
    play.wall += 3_600_000_000_000
    play.timeline.leaveOut(from: asleep, to: play.wall)
    play.run(forMilliseconds: 600)
    #expect(play.sent.map { $0.milliseconds - 3_600_000 } == [500, 1000])
  }

  @Test func leapsAreCountedSoThatSpeedsCanBeMeasuredBetweenThem() {
    var play = Play(["2025-01-06T12:00"])
    let first = play.timeline.segment
    play.run(forMilliseconds: 100)
    #expect(play.timeline.segment == first)
    play.timeline.seek(to: Self.time("2025-01-07"), at: play.wall)
    #expect(play.timeline.segment > first)
  }

  /// However it is played with, every event goes out once and in order, none before its time, and it ends.
  @Test(arguments: 0..<60)
  func whateverIsDoneToItEventsKeepTheirOrder(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let events = (0..<40).map { _ in
      EventTime(secondsSinceEpoch: Self.start.secondsSinceEpoch + Int.random(in: 0..<259_200, using: &random))
    }.sorted()
    var play = Play(
      events.map(\.description), speed: random.pick([Self.day, .max, .factor(1_000_000)]),
      pauseRule: random.pick([nil, .dayEnd, .time(Self.time("2025-01-07T07:07"))]),
      longestSilenceSeconds: random.pick([nil, 3600]))
    for _ in 0..<40 {
      let wall = play.wall
      switch Int.random(in: 0..<6, using: &random) {
      case 0: play.timeline.pause(at: wall)
      case 1: play.timeline.resume(at: wall)
      case 2: play.timeline.setSpeed(random.pick([Self.day, .max, .factor(10), .factor(500_000)]), at: wall)
      case 3: play.timeline.step(.event, at: wall)
      case 4:
        play.timeline.step(.duration(SimulatedDuration(seconds: Int.random(in: 1...100_000, using: &random))), at: wall)
      default: play.timeline.hold(at: wall)
      }
      play.run(forMilliseconds: Int.random(in: 0...80, using: &random))
      play.timeline.release(at: play.wall)
      if let last = play.sent.last { #expect(last.event <= play.clock, "sent before its time") }
    }
    for _ in 0..<5 {
      play.timeline.setSpeed(.max, at: play.wall)
      play.timeline.resume(at: play.wall)
      play.settle()
    }
    #expect(play.isFinished)
    #expect(play.sent.map(\.event) == events)
  }
}
