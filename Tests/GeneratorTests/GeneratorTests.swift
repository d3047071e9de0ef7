import Generator
import Testing

/// Holds whole data sets against those of the course's Python generator.
struct GeneratorTests {
  /// A data set: options, events per kind in the order of the raw values, and a hash over all events.
  struct DataSet: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let options: GeneratorOptions
    let eventCounts: [Int]
    let hash: UInt64
  }

  static let standard = DataSet(
    testDescription: "default", options: GeneratorOptions(),
    eventCounts: [217_483, 153_944, 93_808, 10_761, 3646, 294, 600], hash: 0x09d0_4cdf_4b3d_aa56)
  static let small = DataSet(
    testDescription: "small", options: GeneratorOptions(userCount: 40, days: 30, seed: 7),
    eventCounts: [1042, 723, 457, 53, 18, 3, 2], hash: 0x06e9_7b3e_eb0b_26c0)
  static let leap = DataSet(
    testDescription: "leap", options: GeneratorOptions(userCount: 5, days: 5, startDay: 19_780, seed: 3),
    eventCounts: [27, 18, 13, 0, 0, 0, 0], hash: 0x7943_d759_5d95_751a)
  static let paid = DataSet(
    testDescription: "paid",
    options: GeneratorOptions(
      userCount: 200, days: 45, startDay: 20_108, seed: 5, paidRatio: 1, churnBaseRate: 0.95),
    eventCounts: [7249, 5258, 3162, 381, 400, 42, 19], hash: 0xcc6e_59e2_c513_bf9c)
  static let free = DataSet(
    testDescription: "free",
    options: GeneratorOptions(userCount: 120, days: 400, seed: 11, paidRatio: 0, churnBaseRate: 0),
    eventCounts: [47_592, 33_151, 20_022, 2351, 0, 0, 120], hash: 0xf2d5_44e8_d246_9d27)

  private static func events(_ options: GeneratorOptions) throws -> [[GeneratedEvent]] {
    var generator = try Generator(options)
    var ofUser: [GeneratedEvent] = []
    var ofAll: [[GeneratedEvent]] = []
    while generator.nextUser(into: &ofUser) { ofAll.append(ofUser) }
    return ofAll
  }

  @Test(arguments: [standard, small, leap, paid, free])
  func drawsTheSameEvents(of dataSet: DataSet) throws {
    let events = try Self.events(dataSet.options)
    #expect(events.count == dataSet.options.userCount)
    var counts = [Int](repeating: 0, count: GeneratedEventKind.allCases.count)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for event in events.joined() {
      counts[Int(event.kind.rawValue)] += 1
      let place = UInt64(event.minute) << 16 | UInt64(event.kind.rawValue) << 8 | UInt64(event.course)
      hash = (hash ^ place) &* 0x100_0000_01b3
      hash = (hash ^ event.value.bitPattern) &* 0x100_0000_01b3
    }
    #expect(counts == dataSet.eventCounts)
    #expect(hash == dataSet.hash)
  }

  @Test func beginsAndEndsTheSmallSetAsPythonDoes() throws {
    let users = try Generator(Self.small.options).users
    #expect(
      users.first
        == GeneratedUser(
          signupDay: 20_061, isPaid: true, countryIndex: 2, sourceIndex: 2, engagement: 0.14000124497958336))
    #expect(
      users.last
        == GeneratedUser(
          signupDay: 20_060, isPaid: false, countryIndex: 0, sourceIndex: 0, engagement: 0.11628667997626722))

    let events = try Array(Self.events(Self.small.options).joined())
    #expect(
      Array(events.prefix(3)) == [
        GeneratedEvent(minute: 45, kind: .login, course: GeneratedEvent.noCourse, value: 0),
        GeneratedEvent(minute: 185, kind: .paymentSuccess, course: GeneratedEvent.noCourse, value: 371.55912970035126),
        GeneratedEvent(minute: 781, kind: .videoWatch, course: 3, value: 22.13823137765611),
      ])
    #expect(
      events.last
        == GeneratedEvent(minute: 14 * 1440 + 1175, kind: .login, course: GeneratedEvent.noCourse, value: 0))
  }

  @Test func beginsAndEndsTheLeapYearSetAsPythonDoes() throws {
    let users = try Generator(Self.leap.options).users
    #expect(
      users.first
        == GeneratedUser(
          signupDay: 19_756, isPaid: false, countryIndex: 4, sourceIndex: 2, engagement: 0.3653136775621481))
    #expect(
      users.last
        == GeneratedUser(
          signupDay: 19_775, isPaid: true, countryIndex: 0, sourceIndex: 2, engagement: 0.760398978356036))

    let events = try Array(Self.events(Self.leap.options).joined())
    #expect(
      Array(events.prefix(3)) == [
        GeneratedEvent(minute: 1440 + 947, kind: .login, course: GeneratedEvent.noCourse, value: 0),
        GeneratedEvent(minute: 1440 + 1092, kind: .quizAttempt, course: 6, value: 75.82366691467618),
        GeneratedEvent(minute: 1440 + 1195, kind: .login, course: GeneratedEvent.noCourse, value: 0),
      ])
    #expect(
      events.last == GeneratedEvent(minute: 2 * 1440 + 1287, kind: .videoWatch, course: 0, value: 48.606390887623306))
  }

  @Test func givesEachUsersEventsInOrderOfTime() throws {
    for events in try Self.events(Self.paid.options) {
      #expect(zip(events, events.dropFirst()).allSatisfy { $0.minute <= $1.minute })
    }
  }

  @Test func givesNoEventsAfterTheLastDay() throws {
    var generator = try Generator(Self.paid.options)
    var events: [GeneratedEvent] = []
    var usersActiveOnLastDay = 0
    while generator.nextUser(into: &events) {
      let lastDay = generator.lastDays[generator.nextUserIndex - 1]
      #expect(events.allSatisfy { $0.minute / 1440 <= lastDay })
      if let last = events.last, last.minute / 1440 == lastDay { usersActiveOnLastDay += 1 }
    }
    #expect(usersActiveOnLastDay > 0)
  }

  @Test func chargesPaidUsersOnTheFirstThreeDaysOfAMonthOnly() throws {
    let payments = try Self.events(Self.paid.options).joined().filter {
      $0.kind == .paymentSuccess || $0.kind == .paymentFailed
    }
    // The set starts on 20 January: February starts on day 12, March on day 40.
    #expect(Set(payments.map { Int($0.minute / 1440) }) == [12, 13, 14, 40, 41, 42])
  }

  /// Starts on 26 February: March starts on day 3, after a leap day on day 4.
  @Test(
    arguments: [
      (1900, -25_511, [3, 4, 5]), (2000, 11_013, [4, 5, 6]), (2023, 19_414, [3, 4, 5]), (2024, 19_779, [4, 5, 6]),
      (2100, 47_538, [3, 4, 5]),
    ] as [(Int, Int32, [Int])])
  func knowsWhichYearsHaveALeapDay(year: Int, startDay: Int32, paymentDays: [Int]) throws {
    let options = GeneratorOptions(
      userCount: 20, days: 9, startDay: startDay, paidRatio: 1, churnBaseRate: 0, activityBase: 1)
    let payments = try Self.events(options).joined().filter { $0.kind == .paymentSuccess }
    #expect(Set(payments.map { Int($0.minute / 1440) }) == Set(paymentDays))
  }

  @Test func givesAnEmptyArrayAndFalseAfterTheLastUser() throws {
    var generator = try Generator(GeneratorOptions(userCount: 1, days: 1, activityBase: 1))
    var events: [GeneratedEvent] = []
    let hasFirst = generator.nextUser(into: &events)
    #expect(hasFirst)
    #expect(!events.isEmpty)
    let hasSecond = generator.nextUser(into: &events)
    #expect(!hasSecond)
    #expect(events.isEmpty)
  }

  @Test func givesUsersWithoutAnyEvents() throws {
    let events = try Self.events(GeneratorOptions(userCount: 7, activityBase: 0, activitySlope: 0))
    #expect(events.count == 7)
    #expect(events.allSatisfy { $0.isEmpty })
  }

  @Test func keepsAnEventIn16Bytes() {
    #expect(MemoryLayout<GeneratedEvent>.stride == 16)
  }

  @Test func hasAWordForEveryIndex() {
    #expect(Vocabulary.eventTypes.count == GeneratedEventKind.allCases.count)
    #expect(Vocabulary.eventTypes[Int(GeneratedEventKind.supportTicket.rawValue)].description == "support_ticket")
    #expect(Vocabulary.courses.count == 7)
    #expect(Vocabulary.countries.count == 6)
    #expect(Vocabulary.marketingSources.count == 5)
  }
}
