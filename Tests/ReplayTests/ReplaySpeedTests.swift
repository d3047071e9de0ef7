import Replay
import TestSupport
import Testing

struct ReplaySpeedTests {
  @Test(arguments: [
    ("realtime", 1.0), ("1x", 1), ("60x", 60), ("0.5x", 0.5), (".5x", 0.5), ("1d/s", 86_400), ("6h/s", 21_600),
    ("90m/s", 5400),
    ("10s/s", 10), ("0.25d/s", 21_600),
  ])
  func readsAFactor(text: String, factor: Double) throws {
    #expect(try ReplaySpeed(text) == .factor(factor))
  }

  @Test func readsFullSpeed() throws {
    #expect(try ReplaySpeed("max") == .max)
    #expect(ReplaySpeed.max.description == "max")
  }

  @Test(arguments: [
    "", "x", "/s", "d/s", "60", "60X", "-1x", "+1x", "0x", "0.0d/s", "e3x", "infx", "nanx", "1.2.3x", ".x", "1w/s",
    "1d", "1d/m",
    " 1x", "1 x", "Max", "٣x", "1dd/s", String(repeating: "9", count: 400) + "x",
  ])
  func refusesWhatIsNoSpeed(text: String) {
    let error = #expect(throws: ReplaySpeedError.self) { try ReplaySpeed(text) }
    #expect(error?.text == text)
  }

  @Test(arguments: ["realtime", "60x", "0.5x", "1d/s", "1h/s", "30d/s", "7x", "90m/s", "0.1x", "3601x", "6h/s"])
  func itsTextIsReadAsTheSameSpeed(text: String) throws {
    let speed = try ReplaySpeed(text)
    #expect(try ReplaySpeed(speed.description) == speed)
  }

  @Test func itsTextIsShort() throws {
    #expect(try ReplaySpeed("86400x").description == "1d/s")
    #expect(try ReplaySpeed("60m/s").description == "1h/s")
    #expect(try ReplaySpeed("60x").description == "60x")
    #expect(try ReplaySpeed("0.25d/s").description == "6h/s")
    #expect(ReplaySpeed.realtime.description == "realtime")
  }

  @Test(arguments: ["0.00001x", "100000000000000000000d/s"])
  func itsTextIsReadAsTheSameSpeedAtTheExtremes(text: String) throws {
    let speed = try ReplaySpeed(text)
    #expect((try? ReplaySpeed(speed.description)) == speed)
  }

  @Test func goesUpAndDownByHalves() throws {
    #expect(try ReplaySpeed("1d/s").faster == ReplaySpeed("2d/s"))
    #expect(try ReplaySpeed("1d/s").slower == ReplaySpeed("12h/s"))
    #expect(ReplaySpeed.max.faster == .max)
    #expect(try ReplaySpeed.max.slower == ReplaySpeed("16d/s"))
    var speed = ReplaySpeed.realtime
    for _ in 0..<100 { speed = speed.faster }
    #expect(speed == .max)
    for _ in 0..<100 { speed = speed.slower }
    guard case .factor(let slowest) = speed else { return #expect(Bool(false)) }
    #expect(slowest > 0 && slowest < 0.01)
  }

  @Test(
    arguments: [
      (86_400, "1d/s"), (85_536, "0.99d/s"), (864_000 * 3.14159, "31.4d/s"), (3600, "1h/s"), (7300, "2.03h/s"),
      (60, "60x"),
      (0.98765, "0.99x"), (86_400 * 12_345, "12345d/s"),
    ] as [(Double, String)])
  func measuredSpeedsHaveThreeFigures(factor: Double, text: String) {
    #expect(ReplaySpeed.factor(factor).roundedDescription == text)
  }
}
