import ArgumentParser
import Generator
import Records

/// What is generated: the names that users of the course's program know, and the levers behind them.
struct GeneratorArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: ArgumentHelp("How many users.", valueName: "count"))
  var nUsers = 2000
  @Option(parsing: .unconditional, help: ArgumentHelp("How many days.", valueName: "count"))
  var days = 120
  @Option(parsing: .unconditional, help: ArgumentHelp("The first day, YYYY-MM-DD.", valueName: "date"))
  var startDate = "2025-01-01"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Seed of the random stream, 0 to 2^64-1. The same seed gives the same bytes.", valueName: "number"))
  var seed: UInt64 = 42
  @Option(parsing: .unconditional, help: ArgumentHelp("Share of users with a paid plan, 0 to 1.", valueName: "share"))
  var paidRatio = 0.35
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How likely users leave for good, 0 to 1; less so when engaged or paid.", valueName: "share"))
  var churnBaseRate = 0.35
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Alpha of the Beta distribution of engagement.", valueName: "number"))
  var engagementAlpha = 2.0
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Beta of the Beta distribution of engagement.", valueName: "number"))
  var engagementBeta = 2.5
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Chance of an active day for a user without engagement.", valueName: "share"))
  var activityBase = 0.15
  @Option(
    parsing: .unconditional, help: ArgumentHelp("How much full engagement adds to that chance.", valueName: "share"))
  var activitySlope = 0.8

  func validate() throws {
    do { try options.validate() } catch let error as GeneratorOptionsError {
      if error.option == "start day" {
        throw ValidationError("--start-date is \(startDate), but all days and signups must lie in years 1 to 9999")
      }
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
    switch option {
    case "user count": "--n-users"
    default: "--" + String(option.map { $0 == " " ? "-" : $0 })
    }
  }

  /// The first of these options on the command line, if there is one.
  static var givenOption: String? {
    let names = [
      "--n-users", "--days", "--start-date", "--seed", "--paid-ratio", "--churn-base-rate", "--engagement-alpha",
      "--engagement-beta", "--activity-base", "--activity-slope",
    ]
    return CommandLine.arguments.lazy.compactMap { argument in
      names.first { argument == $0 || argument.hasPrefix($0 + "=") }
    }.first
  }
}
