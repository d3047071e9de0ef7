import ArgumentParser
import Generator
import Records
import Replay
import Testing

@testable import daylapse

struct DaySpanTests {
  private let days = DaySpan(GeneratorOptions(userCount: 1, days: 10))

  @Test func isTheGeneratedDays() { #expect(days.description == "2025-01-01 to 2025-01-10") }

  @Test func isOneDay() { #expect(DaySpan(GeneratorOptions(userCount: 1, days: 1)).description == "2025-01-01") }

  @Test(arguments: [
    ["--from", "2025-01-10T23:59:59"], ["--to", "2025-01-01T00:00:01"], ["--from", "2024-01-01"],
    ["--to", "2052-01-01"],
    ["--from", "2024-12-31", "--duration", "2d"], [],
  ])
  func isReplayedWhereTimesMeet(arguments: [String]) throws { try days.check(PaceArguments.parse(arguments)) }

  @Test(arguments: [
    ["--from", "2025-01-11"], ["--from", "2052-01-01"], ["--to", "2025-01-01"], ["--to", "1999-12-31T12:00:00"],
    ["--from", "2024-12-30", "--duration", "2d"], ["--from", "9999-12-31", "--to", "9999-12-31T01:00:00"],
  ])
  func saysWhichDaysAreThere(arguments: [String]) throws {
    let pace = try PaceArguments.parse(arguments)
    let error = #expect(throws: CommandError.self) { try days.check(pace) }
    #expect(error?.description.contains("2025-01-01 to 2025-01-10") ?? false)
  }
}
