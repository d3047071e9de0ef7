import Generator
import Testing

struct GeneratorOptionsTests {
  @Test func acceptsTheDefaults() throws {
    try GeneratorOptions().validate()
  }

  @Test func acceptsTheEdges() throws {
    try GeneratorOptions(userCount: 1, days: 1, seed: .max, paidRatio: 0, churnBaseRate: 0).validate()
    try GeneratorOptions(userCount: 10_000_000, days: 3660, paidRatio: 1, churnBaseRate: 1).validate()
    try GeneratorOptions(engagementAlpha: .leastNonzeroMagnitude, engagementBeta: 1e300).validate()
    try GeneratorOptions(activityBase: 1, activitySlope: -1).validate()
  }

  @Test(arguments: [
    (GeneratorOptions(userCount: 0), "user count is 0, but must be a whole number from 1 to 10000000"),
    (GeneratorOptions(userCount: 10_000_001), "user count is 10000001, but must be a whole number from 1 to 10000000"),
    (GeneratorOptions(days: 0), "days is 0, but must be a whole number from 1 to 3660"),
    (GeneratorOptions(days: 3661), "days is 3661, but must be a whole number from 1 to 3660"),
    (GeneratorOptions(paidRatio: -0.1), "paid ratio is -0.1, but must be a number from 0.0 to 1.0"),
    (GeneratorOptions(paidRatio: .nan), "paid ratio is nan, but must be a number from 0.0 to 1.0"),
    (GeneratorOptions(churnBaseRate: 1.5), "churn base rate is 1.5, but must be a number from 0.0 to 1.0"),
    (GeneratorOptions(engagementAlpha: 0), "engagement alpha is 0.0, but must be a finite number greater than 0"),
    (GeneratorOptions(engagementBeta: .infinity), "engagement beta is inf, but must be a finite number greater than 0"),
    (GeneratorOptions(activityBase: 2), "activity base is 2.0, but must be a number from 0.0 to 1.0"),
    (GeneratorOptions(activitySlope: -2), "activity slope is -2.0, but must be a number from -1.0 to 1.0"),
    (
      GeneratorOptions(startDay: 2_932_778),
      "start day is 2932778, but must be a whole number from -719123 to 2932777"
    ),
  ])
  func namesTheOptionItsValueAndTheAllowedRange(options: GeneratorOptions, message: String) {
    let error = #expect(throws: GeneratorOptionsError.self) { try options.validate() }
    #expect(error?.description == message)
  }

  @Test func refusesToGenerateFromWrongOptions() {
    #expect(throws: GeneratorOptionsError.self) { try Generator(GeneratorOptions(days: -1)) }
  }

  @Test func keepsAllDatesInYearsOfFourDigits() throws {
    for days in [1, 120, 3660] {
      let earliest = Int32(-719_162 + max(30, days / 3) - 1)
      let latest = Int32(2_932_896 - days + 1)
      try GeneratorOptions(days: days, startDay: earliest).validate()
      try GeneratorOptions(days: days, startDay: latest).validate()
      #expect(throws: GeneratorOptionsError.self) {
        try GeneratorOptions(days: days, startDay: earliest - 1).validate()
      }
      #expect(throws: GeneratorOptionsError.self) { try GeneratorOptions(days: days, startDay: latest + 1).validate() }
    }
  }
}
