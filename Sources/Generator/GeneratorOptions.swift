/// What decides a generated data set: the same options always give the same users and events.
public struct GeneratorOptions: Equatable, Sendable {
  /// Number of users, 1...10,000,000.
  public var userCount: Int
  /// Number of days with events, 1...3,660.
  public var days: Int
  /// First day with events, in days since 1970-01-01. All dates must lie in the years 1 to 9999.
  public var startDay: Int32
  /// Seed of the one random stream that everything is drawn from.
  public var seed: UInt64
  /// Share of users on the paid plan, 0...1.
  public var paidRatio: Double
  /// Base of the probability that a user churns, 0...1.
  public var churnBaseRate: Double
  /// First parameter of the beta distribution of engagement, greater than 0.
  public var engagementAlpha: Double
  /// Second parameter of the beta distribution of engagement, greater than 0.
  public var engagementBeta: Double
  /// Probability of an active day without any engagement, 0...1.
  public var activityBase: Double
  /// What full engagement adds to that probability, -1...1. Beyond 0 and 1 the sum acts like 0 and 1.
  public var activitySlope: Double

  /// Collects options; nothing is checked before ``validate()``.
  ///
  /// - Parameters:
  ///   - userCount: Number of users, 1...10,000,000.
  ///   - days: Number of days with events, 1...3,660.
  ///   - startDay: First day with events, in days since 1970-01-01; 20,089 is 2025-01-01.
  ///   - seed: Seed of the random stream.
  ///   - paidRatio: Share of users on the paid plan, 0...1.
  ///   - churnBaseRate: Base of the churn probability, 0...1.
  ///   - engagementAlpha: First parameter of the beta distribution of engagement, greater than 0.
  ///   - engagementBeta: Second parameter of the beta distribution of engagement, greater than 0.
  ///   - activityBase: Probability of an active day without any engagement, 0...1.
  ///   - activitySlope: What full engagement adds to it, -1...1.
  public init(
    userCount: Int = 2000,
    days: Int = 120,
    startDay: Int32 = 20_089,
    seed: UInt64 = 42,
    paidRatio: Double = 0.35,
    churnBaseRate: Double = 0.35,
    engagementAlpha: Double = 2.0,
    engagementBeta: Double = 2.5,
    activityBase: Double = 0.15,
    activitySlope: Double = 0.8
  ) {
    self.userCount = userCount
    self.days = days
    self.startDay = startDay
    self.seed = seed
    self.paidRatio = paidRatio
    self.churnBaseRate = churnBaseRate
    self.engagementAlpha = engagementAlpha
    self.engagementBeta = engagementBeta
    self.activityBase = activityBase
    self.activitySlope = activitySlope
  }

  /// Number of days before ``startDay`` over which signups are spread: a third of ``days``, at least 30. The latest
  /// signup is on the start day itself.
  public var signupDays: Int { max(30, days / 3) }

  /// Checks every option.
  ///
  /// - Throws: The first option, in the order of declaration, that is out of range. The start day comes last, because
  ///   its range depends on the number of days.
  public func validate() throws(GeneratorOptionsError) {
    try Self.check("user count", userCount, in: 1...10_000_000)
    try Self.check("days", days, in: 1...3660)
    try Self.check("paid ratio", paidRatio, in: 0...1)
    try Self.check("churn base rate", churnBaseRate, in: 0...1)
    try Self.checkPositive("engagement alpha", engagementAlpha)
    try Self.checkPositive("engagement beta", engagementBeta)
    try Self.check("activity base", activityBase, in: 0...1)
    try Self.check("activity slope", activitySlope, in: -1...1)

    // 0001-01-01 for the earliest signup and 9999-12-31 for the last event: dates have four digits for the year.
    let earliest = -719_162 + signupDays - 1
    let latest = 2_932_896 - days + 1
    try Self.check("start day", Int(startDay), in: earliest...latest)
  }

  private static func check(_ option: String, _ value: Int, in allowed: ClosedRange<Int>) throws(GeneratorOptionsError)
  {
    guard allowed.contains(value) else {
      throw GeneratorOptionsError(
        option: option, actual: "\(value)",
        allowed: "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)")
    }
  }

  // NaN and the infinities are in no range.
  private static func check(
    _ option: String, _ value: Double, in allowed: ClosedRange<Double>
  ) throws(GeneratorOptionsError) {
    guard allowed.contains(value) else {
      throw GeneratorOptionsError(
        option: option, actual: "\(value)",
        allowed: "a number from \(allowed.lowerBound) to \(allowed.upperBound)")
    }
  }

  private static func checkPositive(_ option: String, _ value: Double) throws(GeneratorOptionsError) {
    guard value > 0, value.isFinite else {
      throw GeneratorOptionsError(
        option: option, actual: "\(value)", allowed: "a finite number greater than 0")
    }
  }
}
