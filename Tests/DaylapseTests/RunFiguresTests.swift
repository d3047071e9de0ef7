import Records
import Replay
import Testing

@testable import daylapse

struct RunFiguresTests {
  private let second = 1_000_000_000
  private let start = EventTime("2025-01-01")!

  private func time(_ seconds: Int) -> EventTime { EventTime(secondsSinceEpoch: start.secondsSinceEpoch + seconds) }

  /// A replay of ten days at a day per second that has gone on for so many tenths of a second.
  private func figures(tenths: Int) -> RunFigures {
    var figures = RunFigures()
    for tenth in 0...tenths {
      var progress = StageProgress()
      progress.clock = time(tenth * 8640)
      progress.messages = tenth * 100
      progress.lag = 10_000 - tenth * 100
      progress.speed = .factor(86_400)
      (progress.first, progress.end) = (start, time(10 * 86_400))
      figures.take(.init(name: "producer", progress: progress), at: tenth * second / 10)
      progress = StageProgress()
      progress.watermark = time(tenth * 8640 - 600)
      progress.messages = tenth * 99
      progress.lag = tenth
      progress.rejected = 3
      figures.take(.init(name: "cleaner", progress: progress), at: tenth * second / 10)
    }
    return figures
  }

  @Test func ratesSpeedAndTimeLeftFollowFromWhatStagesSay() {
    let view = figures(tenths: 50).view
    #expect(view.state == .running)
    #expect(view.clock == time(5 * 86_400))
    #expect(view.fraction == 0.5)
    #expect(view.achievedFactor.map { Int($0.rounded()) } == 86_400)
    #expect(view.secondsLeft.map { Int($0.rounded()) } == 5)
    #expect(view.stages.map(\.name) == ["producer", "cleaner"])
    #expect(view.stages[0].rate == 1000 && view.stages[1].rate == 990)
    #expect(view.stages[0].lag == nil && view.stages[1].lag == 50)
    #expect(view.stages[1].rejected == 3)
    #expect(view.stages[1].time == time(5 * 86_400 - 600))
  }

  @Test func atFullSpeedMessagesSayHowMuchIsOver() {
    var figures = RunFigures()
    for tenth in 0...10 {
      let progress = StageProgress(clock: time(tenth), messages: tenth * 250, lag: 10_000 - tenth * 250)
      figures.take(.init(name: "producer", progress: progress), at: tenth * second / 10)
    }
    #expect(figures.view.fraction == 0.25)
    #expect(figures.view.secondsLeft == 3)
  }

  @Test func theProducersOwnFiguresCountMore() {
    var figures = figures(tenths: 50)
    var progress = StageProgress(clock: time(5 * 86_400), messages: 5000, lag: 5000)
    (progress.state, progress.achievedFactor, progress.speed) = (.paused, 0, .factor(3600))
    figures.take(.init(name: "producer", progress: progress), at: 6 * second)
    #expect(figures.view.state == .paused)
    #expect(figures.view.speed == .factor(3600))
    #expect(figures.view.achievedFactor == 0)
    progress.state = .catchingUp
    figures.take(.init(name: "producer", progress: progress), at: 6 * second)
    #expect(figures.view.state == .catchingUp)
  }

  @Test func noStageIsAheadOfTheOneBeforeIt() {
    var figures = figures(tenths: 50)
    // the cleaner's word is newer than the producer's
    let progress = StageProgress(watermark: time(6 * 86_400), messages: 6000)
    figures.take(.init(name: "cleaner", progress: progress), at: 5 * second)
    #expect(figures.view.stages[1].time == figures.view.clock && figures.view.stages[1].messages == 5000)
    // the sink reads more topics than the aggregator
    figures.take(.init(name: "sink", progress: StageProgress(messages: 9000)), at: 5 * second)
    #expect(figures.view.stages[2].messages == 9000)
  }

  @Test func whatIsPausedHasNoRateThatFades() {
    var figures = figures(tenths: 50)
    for tenth in 51...80 {
      var progress = StageProgress(clock: time(5 * 86_400), messages: 5000, lag: 5000)
      (progress.state, progress.speed) = (.paused, .factor(86_400))
      figures.take(.init(name: "producer", progress: progress), at: tenth * second / 10)
      figures.take(.init(name: "cleaner", progress: StageProgress(messages: 4950)), at: tenth * second / 10)
      if tenth > 51 { #expect(figures.view.stages.map(\.rate) == [nil, nil]) }
    }
    // nor is the pause part of the rate that comes next
    for tenth in 81...84 {
      let progress = StageProgress(clock: time(5 * 86_400 + tenth * 8640), messages: 5000 + (tenth - 80) * 100)
      figures.take(.init(name: "producer", progress: progress), at: tenth * second / 10)
    }
    #expect(figures.view.stages[0].rate == 1000)
  }

  @Test func aClockThatStandsHasNoEnd() {
    var figures = figures(tenths: 50)
    var progress = StageProgress(clock: time(5 * 86_400), messages: 5000, lag: 5000)
    (progress.first, progress.end, progress.speed) = (start, time(10 * 86_400), .factor(86_400))
    figures.take(.init(name: "producer", progress: progress), at: 51 * second / 10)
    #expect(figures.view.secondsLeft != nil)
    figures.take(.init(name: "producer", progress: progress), at: 71 * second / 10)
    #expect(figures.view.secondsLeft == nil)
  }

  @Test func whoIsWaitedForIsTheLastThatWaits() {
    var figures = figures(tenths: 50)
    var producer = StageProgress(clock: start, messages: 500, waiting: "waiting for cleaner: 128 behind in events.raw")
    let cleaner = StageProgress(messages: 100, waiting: "waiting for sink: 128 behind in events.clean")
    figures.take(.init(name: "producer", progress: producer), at: 6 * second)
    figures.take(.init(name: "cleaner", progress: cleaner), at: 6 * second)
    // a moment is no standstill
    #expect(figures.view.state == .running && figures.view.stages[1].note == nil)
    figures.take(.init(name: "producer", progress: producer), at: 7 * second)
    figures.take(.init(name: "cleaner", progress: cleaner), at: 7 * second)
    #expect(figures.view.state == .waiting("waiting for sink: 128 behind in events.clean"))
    #expect(figures.view.stages[1].note == "waiting for sink: 128 behind in events.clean")
    // whoever is done waits for nobody; a producer that does not wait is running
    figures.take(.init(name: "cleaner", progress: cleaner, isDone: true), at: 7 * second)
    #expect(figures.view.state == .waiting("waiting for cleaner: 128 behind in events.raw"))
    producer.waiting = nil
    figures.take(.init(name: "producer", progress: producer), at: 7 * second)
    #expect(figures.view.state == .running)
    figures.note = "waiting for counter to join"
    #expect(figures.view.state == .waiting("waiting for counter to join"))
  }

  @Test func whoPublishesKnowsHowFarOthersAreBehind() {
    var figures = figures(tenths: 5)
    #expect(figures.view.stages[1].lag == 5)
    let producer = StageProgress(clock: start, messages: 500, memberLags: [.init("cleaner", 1234), .init("me", 5)])
    figures.take(.init(name: "producer", progress: producer), at: second)
    #expect(figures.view.stages[1].lag == 1234)
    // the sink has two publishers
    figures.take(.init(name: "sink", progress: StageProgress(messages: 7, lag: 1)), at: second)
    for (name, lag) in [("cleaner", 20), ("aggregator", 3)] {
      let progress = StageProgress(messages: 600, memberLags: [.init("sink", lag)])
      figures.take(.init(name: name, progress: progress), at: second)
    }
    #expect(figures.view.stages.first { $0.name == "sink" }?.lag == 23)
    #expect(figures.view.stages[0].lag == nil)
  }

  @Test func jobsShowHowFarTheyHaveCome() {
    var job = JobView(name: "generating", done: 1110, all: 3000, unit: "users", rate: 630)
    #expect(
      job.line(columns: 80, glyphs: .unicode).text
        == "generating  ▕█████████▉                 ▏   37 %  1,110 of 3,000 users  ETA 3 s")
    #expect(job.plainText == "generating  37 %  1,110 of 3,000 users  ETA 3 s")
    for columns in 1...200 { #expect(job.line(columns: columns, glyphs: .ascii).width <= max(1, columns - 1)) }
    job = JobView(name: "importing", done: 65_536, all: nil, unit: "events", rate: 98_000)
    #expect(job.line(columns: 80, glyphs: .unicode).text == "importing  65,536 events  98,000/s")
  }

  @Test func beginningAndEndAreStates() {
    var figures = RunFigures()
    #expect(figures.view.hasReplay == false)
    figures.take(.init(name: "producer", progress: StageProgress(), isReady: false), at: 0)
    #expect(figures.view.state == .starting)
    figures = self.figures(tenths: 5)
    figures.take(.init(name: "producer", progress: StageProgress(clock: start), isDone: true), at: second)
    #expect(figures.view.state == .finishing)
    figures.take(.init(name: "cleaner", progress: StageProgress(), isDown: true, restarts: 1), at: second)
    #expect(figures.view.stages[1].note == "started again")
    #expect(figures.view.stages[1].restarts == 1)
  }

  @Test func aRateFollowsTheLastSeconds() {
    var meter = RateMeter()
    #expect(meter.perSecond == nil)
    for tenth in 0...100 { meter.note(Double(tenth * 10), at: tenth * second / 10) }
    #expect(meter.perSecond == 100)
    // three times as fast, for longer than it looks back
    for tenth in 1...40 { meter.note(1000 + Double(tenth * 30), at: 10 * second + tenth * second / 10) }
    #expect(meter.perSecond == 300)
    // then nothing at all
    for tenth in 1...80 { meter.note(2200, at: 14 * second + tenth * second / 10) }
    #expect(meter.perSecond == 0)
    // a stage that was started again begins at less
    meter.note(100, at: 23 * second)
    #expect(meter.perSecond == nil)
  }

  @Test func progressComesOverThePipeAsItWas() {
    var progress = StageProgress(
      clock: start, watermark: time(-5), messages: 12, lag: 3, rejected: 2, waiting: "waiting for \"x\"",
      state: .catchingUp, speed: .factor(21_600), achievedFactor: 21_599.5, first: start, end: time(86_400))
    for _ in 0..<2 {
      let line = Array(StageStatus.progress(progress).json.description.utf8)
      #expect(line.withUnsafeBytes { StageStatus($0) } == .progress(progress))
      progress = StageProgress()
    }
  }

  @Test func figuresReadAsPeopleSayThem() {
    #expect(
      [0, 41.2, 60, 75, 3599.5, 7500, 90_000, 1e300].map(Figures.estimate) == [
        "0 s", "42 s", "1 m 00 s", "1 m 15 s", "1 h 00 m", "2 h 05 m", "1 d 01 h", "11,574 d 01 h",
      ])
    #expect(
      [0, 0.994, 9.99, 9.996, 99.96, 1234.5, -3.14159].map(Figures.short) == [
        "0.00", "0.99", "9.99", "10.0", "100", "1,235", "-3.14",
      ])
    #expect(SpeedText.achieved(85_536, asked: .factor(86_400)) == "0.99d/s")
    #expect(SpeedText.achieved(59.8, asked: .factor(60)) == "59.8x")
    #expect(SpeedText.achieved(18_403_200, asked: .max) == "213d/s")
  }
}
