import NumPyRandom

/// Draws users and their events from one random stream.
///
/// Pure: no files, no clock, no text. The numbers are those of the course's Python generator, draw by draw, so the
/// order of the draws, also of those whose outcome is unused, is part of what this type promises. Users are drawn
/// whole when the generator is made; events follow user by user, and only one user's events are in memory.
public struct Generator: Sendable {
  private static let minutesPerDay = 1440

  /// The options that decide everything.
  public let options: GeneratorOptions

  /// All users, in the order of their ids from 1.
  public private(set) var users: [GeneratedUser]

  /// Per user the last day that can have events, counted from the start day: the day of churn, or the last day.
  public private(set) var lastDays: [Int32]

  /// Index into ``users`` of the user whose events come next; the number of users when all have been drawn.
  public private(set) var nextUserIndex = 0

  private var random: NumPyGenerator
  private let isPaymentDay: [Bool]

  /// Draws the users and the days on which they churn.
  ///
  /// - Parameter options: What to generate.
  /// - Throws: The first option that is out of range.
  public init(_ options: GeneratorOptions) throws(GeneratorOptionsError) {
    try options.validate()
    self.options = options
    var random = NumPyGenerator(seed: options.seed)
    users = Self.drawUsers(options, &random)
    lastDays = Self.drawLastDays(options, users, &random)
    self.random = random
    isPaymentDay = (0..<options.days).map { day in
      CalendarDay(daysSinceEpoch: Int(options.startDay) + day).dayOfMonth <= 3
    }
  }

  /// Draws the events of the next user.
  ///
  /// - Parameter events: Is emptied and filled with the user's events in order of time, those of the same minute in
  ///   the order drawn; possibly none. Passing the same array each time saves allocations.
  /// - Returns: Whether there was a next user.
  public mutating func nextUser(into events: inout [GeneratedEvent]) -> Bool {
    events.removeAll(keepingCapacity: true)
    guard nextUserIndex < users.count else { return false }
    let odds = DailyOdds(users[nextUserIndex], options)
    let lastDay = Int(lastDays[nextUserIndex])
    nextUserIndex += 1

    // A local copy can stay in registers.
    var random = self.random
    for day in 0...lastDay where random.random() < odds.activity {
      Self.drawDay(day, odds, isPaymentDay: isPaymentDay[day], &random, into: &events)
    }
    self.random = random
    return true
  }

  /// Draws each attribute for all users before the next one, as NumPy's array calls do.
  private static func drawUsers(_ options: GeneratorOptions, _ random: inout NumPyGenerator) -> [GeneratedUser] {
    var users = (0..<options.userCount).map { _ in
      let daysBefore = Int32(truncatingIfNeeded: random.integers(0, options.signupDays))
      return GeneratedUser(
        signupDay: options.startDay - daysBefore, isPaid: false, countryIndex: 0, sourceIndex: 0, engagement: 0)
    }
    for index in users.indices {
      users[index].isPaid = random.random() < options.paidRatio
    }
    for index in users.indices {
      users[index].countryIndex = UInt8(truncatingIfNeeded: random.choice(Vocabulary.countries.count))
    }
    for index in users.indices {
      users[index].sourceIndex = UInt8(truncatingIfNeeded: random.choice(Vocabulary.marketingSources.count))
    }
    for index in users.indices {
      users[index].engagement = random.beta(options.engagementAlpha, options.engagementBeta)
    }
    return users
  }

  private static func drawLastDays(
    _ options: GeneratorOptions, _ users: [GeneratedUser], _ random: inout NumPyGenerator
  ) -> [Int32] {
    users.map { user in
      let base = user.isPaid ? options.churnBaseRate * 0.75 : options.churnBaseRate
      let probability = min(0.95, base * (0.4 + 1.4 * power(1 - user.engagement, 1.6)))
      guard random.random() < probability else { return Int32(options.days - 1) }
      return Int32(truncatingIfNeeded: random.integers(options.days / 4, options.days))
    }
  }

  private static func drawDay(
    _ day: Int, _ odds: DailyOdds, isPaymentDay: Bool, _ random: inout NumPyGenerator,
    into events: inout [GeneratedEvent]
  ) {
    let firstOfDay = events.count
    let midnight = day * minutesPerDay

    @inline(__always)
    func drawMinute() -> Int { midnight + random.integers(0, minutesPerDay) }

    @inline(__always)
    func add(
      _ kind: GeneratedEventKind, at minute: Int, course: Int = Int(GeneratedEvent.noCourse), _ value: Double = 0
    ) {
      let event = GeneratedEvent(
        minute: Int32(truncatingIfNeeded: minute), kind: kind, course: UInt8(truncatingIfNeeded: course),
        value: value)
      insert(event, into: &events, from: firstOfDay)
    }

    let sessions = random.integers(1, 4)
    for _ in 0..<sessions {
      add(.login, at: drawMinute())
      let course = random.choice(Vocabulary.courses.count)
      if random.random() < odds.video {
        let minute = drawMinute()
        let watched = random.normal(mean: odds.meanWatchMinutes, standardDeviation: 10)
        add(.videoWatch, at: minute, course: course, max(2, min(180, watched)))
      }
      if random.random() < odds.quiz {
        let minute = drawMinute()
        let score = random.normal(mean: odds.meanScore, standardDeviation: 15)
        add(.quizAttempt, at: minute, course: course, max(0, min(100, score)))
      }
      if random.random() < 0.05 {
        add(.courseEnroll, at: drawMinute(), course: course)
      }
    }
    if odds.isPaid && isPaymentDay {
      let succeeds = random.random() < 0.93
      let amount = random.normal(mean: 499, standardDeviation: 80)
      add(succeeds ? .paymentSuccess : .paymentFailed, at: drawMinute(), max(199, min(999, amount)))
    }
    if random.random() < 0.005 {
      add(.supportTicket, at: drawMinute())
    }
  }

  /// Appends an event and moves it before the later ones of its day, never before an equal one.
  @inline(__always)
  private static func insert(_ event: GeneratedEvent, into events: inout [GeneratedEvent], from firstOfDay: Int) {
    events.append(event)
    var index = events.count - 1
    while index > firstOfDay && events[index - 1].minute > event.minute {
      events[index] = events[index - 1]
      index -= 1
    }
    events[index] = event
  }
}
