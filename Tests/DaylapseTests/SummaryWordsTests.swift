import Records
import Replay
import Testing

@testable import daylapse

struct SummaryWordsTests {
  private func summary(
    _ counts: [(String, Int)], generated: Bool = false, speed: ReplaySpeed = .max, seconds: Double = 2,
    paused: Double = 0,
    earlier: Int = 0, pace: StageReport.Pace? = nil, active: Int = 0
  ) -> RunSummary {
    var (cleaner, producer, sink, aggregator) = (StageReport(), StageReport(), StageReport(), StageReport())
    cleaner.counts = counts.map { StepCount($0.0, $0.1) }
    (producer.pausedSeconds, producer.earlierCount, producer.pace) = (paused, earlier, pace)
    sink.counts = [StepCount("user_days", 100), StepCount("active_user_days", active)]
    aggregator.counts = [StepCount("users", 1), StepCount("days", 1)]
    var raw = RawSummary(origin: "generated", files: [], warnings: [])
    raw.isGenerated = generated
    return RunSummary(
      raw: raw, reports: ["producer": producer, "cleaner": cleaner, "aggregator": aggregator, "sink": sink],
      broughtInSeconds: 1, replaySeconds: seconds, speed: speed)
  }

  @Test func oneIsNoPlural() {
    let lines = summary([
      ("users_in", 1), ("users_clean", 1), ("events_in", 2), ("events_clean", 1), ("events_rejected.duplicate", 1),
    ]).lines
    #expect(lines.contains("1 user in = 1 clean + 0 duplicates + 0 rejected"))
    #expect(lines.contains("2 events in = 1 clean + 1 duplicate + 0 rejected"))
    #expect(lines.contains { $0.hasPrefix("1 user x 1 day = 100 user-days, ") })
    #expect(Figures.userDays(users: 1, days: 1, rows: 1) == "1 user x 1 day = 1 user-day")
  }

  @Test func warningsCountAsTheBooksDo() {
    func warnings(_ duplicates: Int, _ rejected: Int) -> [String] {
      summary(
        [
          ("events_in", 8), ("events_clean", 8 - duplicates - rejected), ("events_rejected.duplicate", duplicates),
          ("events_rejected.malformed", rejected),
        ], active: 50
      ).warnings
    }
    #expect(warnings(0, 4) == [] && warnings(4, 0) == [])
    #expect(warnings(1, 4).first?.contains("duplicates (12.5 %) or were rejected (50.0 %)") == true)
    #expect(warnings(0, 5).first?.contains("were rejected: 62.5 %") == true)
    #expect(warnings(5, 0).first?.contains("are duplicates: 62.5 %") == true)
  }

  @Test func fewActiveDaysNameTheLever() {
    let counts = [("users_clean", 1), ("events_in", 9), ("events_clean", 9)]
    #expect(summary(counts, generated: true, active: 14).warnings.first?.contains("--engagement-beta") == true)
    #expect(summary(counts, generated: true, active: 15).warnings == [])
    #expect(summary(counts, active: 4).warnings.first?.contains("4.0 % of the user-days") == true)
    #expect(summary(counts, active: 5).warnings == [])
    #expect(summary([("users_clean", 3)]).warnings.first?.contains("no events came in") == true)
    let few = summary([("users_clean", 3), ("events_in", 1), ("events_clean", 1)], active: 90)
    #expect(few.warnings.first?.contains("only 1 event for 3 users") == true)
  }

  @Test func aSpeedIsSaidOnlyOfDaysThatWentByAtIt() {
    func replayed(_ summary: RunSummary) -> String { summary.lines.first { $0.contains("replayed") } ?? "" }
    let events = [("events_in", 1000)]
    #expect(replayed(summary(events)).hasSuffix("replayed at max in 2.00 s: 500 events/s"))
    let day = ReplaySpeed.factor(86_400)
    // stepped: the clock never ran
    #expect(
      replayed(summary(events, speed: day, seconds: 32, paused: 30)).hasSuffix(
        "replayed in 2.00 s (1d/s was asked for; days were stepped or passed over, or the speed was changed), "
          + "not counting 30.00 s of pause: 500 events/s"))
    var pace = StageReport.Pace(wallSeconds: 2, p50: 0, p99: 0, max: 0, askedFactor: 86_400, runShare: 1)
    #expect(replayed(summary(events, speed: day, pace: pace)).hasSuffix("replayed at 1d/s in 2.00 s: 500 events/s"))
    pace.askedFactor = 172_800
    #expect(replayed(summary(events, speed: day, pace: pace)).contains("1d/s was asked for"))
    #expect(replayed(summary(events, pace: pace)).contains("max was asked for"))
    // what an earlier process had replayed is not this one's doing
    #expect(summary(events, earlier: 900).eventsPerSecond == 50)
  }

  @Test func aLargeTableIsForeseen() {
    #expect(TableForecast(users: 2000, days: 120).warning("") == nil)
    let warning = TableForecast(users: 20_000, days: 1000).warning("fewer")
    #expect(warning == "user_daily.csv will have about 20,000,000 rows (20,000 users x 1,000 days), 1.6 GB: fewer")
    #expect(TableForecast(users: .max, days: .max).warning("") != nil)
  }

  @Test func digestsAreShownShortAndReadable() {
    #expect(TopicInfo.readable("clean 2 strict=no", width: 60) == "clean 2 strict=no")
    let long = "generate GeneratorOptions(" + String(repeating: "x", count: 200) + ")"
    #expect(TopicInfo.readable(long, width: 60).hasPrefix("generate, options "))
    #expect(TopicInfo.readable(long, width: 60).count < 60)
  }
}
