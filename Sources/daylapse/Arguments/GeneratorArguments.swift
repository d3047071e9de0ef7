import ArgumentParser
import Generator
import Records

/// What is generated: the names that users of the course's program know, and the levers behind them.
struct GeneratorArguments: ParsableArguments {
  @Option(help: "How many users.")
  var nUsers = 2000
  @Option(help: "How many days.")
  var days = 120
  @Option(help: "The first day, YYYY-MM-DD.")
  var startDate = "2025-01-01"
  @Option(help: "Seed of the random stream, 0 to 2^64-1. The same seed gives the same bytes.")
  var seed: UInt64 = 42
  @Option(help: "Share of users with a paid plan, 0 to 1.")
  var paidRatio = 0.35
  @Option(help: "How likely users leave for good, 0 to 1; less so when engaged or paid.")
  var churnBaseRate = 0.35
  @Option(help: "Alpha of the Beta distribution of engagement.")
  var engagementAlpha = 2.0
  @Option(help: "Beta of the Beta distribution of engagement.")
  var engagementBeta = 2.5
  @Option(help: "Chance of an active day for a user without engagement.")
  var activityBase = 0.15
  @Option(help: "How much full engagement adds to that chance.")
  var activitySlope = 0.8

  func validate() throws {
    do { try options.validate() } catch let error as GeneratorOptionsError {
      throw ValidationError("\(GeneratorArguments.flag(error.option)) is \(error.actual), but must be \(error.allowed)")
    }
  }

  var options: GeneratorOptions {
    get throws {
      guard let start = CivilDate(startDate) else {
        throw ValidationError("--start-date is \"\(startDate)\", which is no date: use YYYY-MM-DD, a day that exists")
      }
      return GeneratorOptions(
        userCount: nUsers, days: days, startDay: start.daysSinceEpoch, seed: seed, paidRatio: paidRatio,
        churnBaseRate: churnBaseRate, engagementAlpha: engagementAlpha, engagementBeta: engagementBeta,
        activityBase: activityBase, activitySlope: activitySlope)
    }
  }

  private static func flag(_ option: String) -> String {
    if option == "userCount" { return "--n-users" }
    if option == "startDay" { return "--start-date" }
    return "--"
      + option.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
      }
  }
}
