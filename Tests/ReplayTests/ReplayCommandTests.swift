import Records
import Replay
import Testing

struct ReplayCommandTests {
  private static let all: [ReplayCommand] = [
    .pause, .resume, .toggle, .speed(.max), .speed(.factor(21_600)), .faster, .slower, .step(.event),
    .step(.duration(SimulatedDuration(seconds: 129_600))), .seek(EventTime("2025-02-01T06:00:00")!), .status,
  ]

  @Test(arguments: all)
  func isReadAsItIsWritten(command: ReplayCommand) throws {
    #expect(try ReplayCommand(.object(command.json)) == command)
  }

  @Test func aStepIsOneEventUnlessToldOtherwise() throws {
    #expect(try ReplayCommand(["command": "step"]) == .step(.event))
    #expect(try ReplayCommand(["command": "step", "by": "1d"]) == .step(.duration(SimulatedDuration(seconds: 86_400))))
  }

  @Test(arguments: [
    ("{}", "\"command\" is missing"), (#"{"command":7}"#, "\"command\" is missing"),
    (#"{"command":"stop"}"#, "there is no command \"stop\""), (#"{"command":"speed"}"#, "\"speed\" is missing"),
    (#"{"command":"speed","speed":"fast"}"#, "\"fast\" is no speed"),
    (#"{"command":"step","by":"1w"}"#, "\"1w\" is no duration"), (#"{"command":"seek"}"#, "\"time\" is missing"),
    (#"{"command":"seek","time":"2025-02-30"}"#, "\"2025-02-30\" is no date and time"),
  ])
  func whatIsNoCommandIsRefusedInWords(text: String, words: String) throws {
    let error = #expect(throws: ReplayCommandError.self) { try ReplayCommand(JSONValue(parsing: text)) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("1d", 86_400), ("6h", 21_600), ("30m", 1800), ("10s", 10), ("1d12h", 129_600), ("2h30m15s", 9015),
    ("48h", 172_800),
  ])
  func readsDurations(text: String, seconds: Int) throws {
    #expect(try SimulatedDuration(text).seconds == seconds)
    #expect(try SimulatedDuration(SimulatedDuration(text).description).seconds == seconds)
  }

  @Test(arguments: [
    "", "1", "d", "1x", "1h1d", "1d1d", "-1d", "0s", "1.5h", " 1d", "1d ", "١d", "99999999999999999999d",
  ])
  func refusesWhatIsNoDuration(text: String) {
    #expect(throws: SimulatedDurationError.self) { try SimulatedDuration(text) }
  }

  @Test func readsPlacesToPauseAt() throws {
    #expect(try PauseRule("day-end") == .dayEnd)
    #expect(try PauseRule("2025-02-01T06:00") == .time(EventTime("2025-02-01T06:00:00")!))
    for rule in [PauseRule.dayEnd, .time(EventTime("2025-02-01")!)] { #expect(try PauseRule(rule.description) == rule) }
    #expect(throws: PauseRuleError.self) { try PauseRule("noon") }
  }
}
