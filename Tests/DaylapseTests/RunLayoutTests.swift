import Records
import Replay
import Testing

@testable import daylapse

struct RunLayoutTests {
  private static let widths = Array(40...200)

  private func lines(_ view: RunView, columns: Int, rows: Int = 24, glyphs: Glyphs = .unicode) -> [String] {
    RunLayout(columns: columns, rows: rows, glyphs: glyphs).lines(of: view).map(\.text)
  }

  /// A replay in the middle of its work.
  private static var running: RunView {
    var view = RunView()
    view.state = .running
    view.clock = EventTime("2025-02-14T13:05:27")
    view.speed = .factor(86_400)
    view.achievedFactor = 85_536
    view.fraction = 0.372
    view.secondsLeft = 75
    view.stages = [
      .init(name: "producer", rate: 12_345, time: view.clock, messages: 182_000),
      .init(
        name: "cleaner", rate: 12_340, lag: 12, time: EventTime("2025-02-14T13:04:00"), messages: 181_988, rejected: 7),
      .init(name: "aggregator", rate: 12_338, lag: 40, time: EventTime("2025-02-14T13:02:00"), messages: 181_000),
      .init(
        name: "sink", rate: 14_000, lag: 1204, time: EventTime("2025-02-14T12:50:00"), messages: 270_000, restarts: 2),
    ]
    view.keys = ReplayKeys.control + ReplayKeys.always
    return view
  }

  /// As long as everything gets.
  private static var crowded: RunView {
    var view = running
    view.state = .waiting("waiting for a-consumer-with-a-name-that-is-rather-long: 4,826,796 behind in events.clean")
    view.achievedFactor = 1_234_567_890
    view.secondsLeft = 1e9
    view.stages[2].note = "waiting for tcp://aggregator.example.com:5554 to publish"
    view.stages[2].rate = 123_456_789
    view.stages[2].lag = 480_526_796
    view.stages[1].rejected = 4_826_796
    view.stages[1].restarts = 12
    view.showsHelp = true
    return view
  }

  @Test func everythingHasItsPlaceAtEightyColumns() {
    #expect(
      lines(RunLayoutTests.running, columns: 80) == [
        "2025-02-14 13:05  1d/s (0.99d/s)    ▕███████            ▏   37 %  ETA 1 m 15 s",
        "producer       12,345/s                 2025-02-14 13:05",
        "cleaner        12,340/s  lag 12         2025-02-14 13:04  rejected 7",
        "aggregator     12,338/s  lag 40         2025-02-14 13:02",
        "sink           14,000/s  lag 1,204      2025-02-14 12:50  2 restarts",
        "space pause · → step · ↑↓ speed · ? help",
      ])
  }

  @Test func whatMattersLeastIsLeftOutFirst() {
    #expect(
      lines(RunLayoutTests.running, columns: 60).prefix(2) == [
        "2025-02-14 13:05  1d/s     ▕██▉     ▏   37 %  ETA 1 m 15 s", "producer       12,345/s",
      ])
    #expect(
      lines(RunLayoutTests.running, columns: 40)
        == [
          "2025-02-14 13:05  ▕███▋      ▏   37 %", "producer       12,345/s", "cleaner        12,340/s  lag 12",
          "aggregator     12,338/s  lag 40", "sink           14,000/s  lag 1,204",
          "space pause · → step · ? help",
        ])
    let wide = lines(RunLayoutTests.running, columns: 120)
    #expect(wide[0].contains("0.99d/s") && wide[0].hasSuffix("ETA 1 m 15 s"))
    #expect(wide[2].contains("181,988 in all") && wide[2].hasSuffix("rejected 7"))
  }

  @Test(arguments: RunLayoutTests.widths)
  func nothingIsEverWiderThanTheScreen(columns: Int) {
    for glyphs in [Glyphs.unicode, .ascii] {
      for view in [RunLayoutTests.running, RunLayoutTests.crowded, RunView()] {
        for line in lines(view, columns: columns, glyphs: glyphs) {
          #expect(line.count < columns, "\(line)")
          if glyphs == .ascii { #expect(line.utf8.allSatisfy { $0 < 0x80 }, "\(line)") }
        }
      }
    }
  }

  @Test func evenTheSmallestScreenTakesSomething() {
    for columns in 1..<40 {
      for rows in 1..<4 {
        let lines = lines(RunLayoutTests.crowded, columns: columns, rows: rows)
        #expect(lines.count <= max(1, rows - 1))
        #expect(lines.allSatisfy { $0.count <= max(1, columns - 1) })
      }
    }
  }

  /// Frame by frame nothing moves sideways while figures grow.
  @Test(arguments: RunLayoutTests.widths)
  func whatStandsInAPlaceStaysThere(columns: Int) {
    var view = RunLayoutTests.running
    func place(of text: String, in line: String) -> Int? {
      line.firstRange(of: text).map { line.distance(from: line.startIndex, to: $0.lowerBound) }
    }
    let percent = place(of: "%", in: lines(view, columns: columns)[0])
    for (factor, fraction, left) in [(8.0, 0.0, 1.0), (86_412.0, 0.999, 3599.0), (864_000, 1, 40_000)] {
      (view.achievedFactor, view.fraction, view.secondsLeft) = (factor, fraction, left)
      view.stages[0].rate = factor
      view.stages[1].lag = Int(factor)
      let lines = lines(view, columns: columns)
      #expect(place(of: "%", in: lines[0]) == percent)
      #expect(place(of: "/s", in: lines[1]) == place(of: "/s", in: lines[4]))
    }
  }

  @Test func statesAreTold() {
    var view = RunLayoutTests.running
    func head() -> String { lines(view, columns: 80)[0] }
    view.state = .paused
    #expect(head().contains("  paused (1d/s)  ") && !head().contains("ETA"))
    #expect(lines(view, columns: 40)[0].contains("paused"))
    view.state = .catchingUp
    #expect(head().contains("  catching up (1d/s)  "))
    view.state = .waiting("waiting for counter to join")
    #expect(head().contains("  waiting for counter to join  "))
    view.state = .finishing
    view.fraction = 1
    view.stages[3].isDone = true
    #expect(head().contains("  finishing  ") && head().contains("100 %"))
    #expect(lines(view, columns: 80)[4].hasSuffix("done  2 restarts"))
    #expect(lines(RunView(), columns: 80) == ["starting"])
  }

  @Test func secondsAreShownWhereOneCanSeeThemGoBy() {
    var view = RunLayoutTests.running
    view.speed = .realtime
    view.achievedFactor = 0.999
    #expect(lines(view, columns: 80)[0].hasPrefix("2025-02-14 13:05:27  realtime (1.00x)  "))
  }

  @Test func helpTakesThePlaceOfTheHint() {
    var view = RunLayoutTests.running
    view.showsHelp = true
    let shown = lines(view, columns: 80)
    #expect(shown.count == 5 + view.keys.count + 1)
    #expect(shown.contains("space   pauses, and goes on") && shown.last == "?       closes this help")
    // where nothing listens for keys there is nothing to be said of them
    view.keys = []
    view.showsHelp = false
    #expect(lines(view, columns: 80).count == 5)
  }

  @Test func aStageByItselfIsOneLine() {
    var view = RunView()
    view.hasReplay = false
    view.stages = [.init(name: "cleaner", rate: 100, lag: 3, time: EventTime("2025-01-02T03:04:05"), rejected: 1)]
    #expect(
      lines(view, columns: 80) == ["cleaner           100/s  lag 3          2025-01-02 03:04  rejected 1"])
  }

  @Test func namesFromElsewhereCannotMoveAnything() {
    var view = RunLayoutTests.running
    view.state = .waiting("waiting for \u{1B}[2J数据\u{7}e\u{301} to join")
    #expect(lines(view, columns: 80)[0].contains("waiting for ?[2J????? to join") == false)
    #expect(lines(view, columns: 80)[0].contains("waiting for ?[2J???? to join"))
  }

  @Test func aBarFillsInEighthsOrWholes() {
    #expect(Glyphs.unicode.bar(0, width: 6) == "▕    ▏")
    #expect(Glyphs.unicode.bar(0.5, width: 6) == "▕██  ▏")
    #expect(Glyphs.unicode.bar(0.40625, width: 6) == "▕█▋  ▏")
    #expect(Glyphs.unicode.bar(1, width: 6) == "▕████▏")
    #expect(Glyphs.ascii.bar(0.6, width: 6) == "[##  ]")
    #expect(Glyphs.ascii.bar(7, width: 6) == "[####]")
  }

  @Test func aLineForAFileSaysTheSame() {
    #expect(
      RunLayout.plainText(RunLayoutTests.running)
        == "2025-02-14 13:05:27  1d/s (0.99d/s)  37.2 %  ETA 1 m 15 s  producer 12,345/s  "
        + "cleaner 12,340/s lag 12 rejected 7  aggregator 12,338/s lag 40  sink 14,000/s lag 1,204 restarts 2")
    // figures that change do not make another state
    var view = RunLayoutTests.running
    view.state = .waiting("waiting for sink: 1,234 behind in events.clean")
    let name = RunLayout.stateName(view)
    view.state = .waiting("waiting for sink: 17 behind in events.clean")
    #expect(RunLayout.stateName(view) == name)
  }
}
