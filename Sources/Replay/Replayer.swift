import Records
import TopicLog
import TopicStream

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Publishes message files in event-time order, at the speed of a replay clock, and does with it what people ask for.
///
/// Bootstrap topics go out whole before the clock starts. Topics with event times are merged: at the same time the
/// messages of a topic that was named first go first. The clock runs from the first day's midnight to the midnight after
/// the last event, unless told.
public final class Replayer {
  public struct Options: Sendable {
    public var speed = ReplaySpeed.max
    public var batchBytes = 1 << 16
    public var batchCount = Int.max
    public var clock = StreamClock.monotonic
    /// The clock does not start before this time, nor go beyond that one.
    public var start: EventTime?
    public var end: EventTime?
    /// Simulated time to go on from, where a replay was interrupted, and the epoch.
    public var resumesAt: EventTime?
    public var epoch = 0
    public var startsPaused = false
    public var pauseRule: PauseRule?
    public var longestSilence: SimulatedDuration?
    /// Shows the days again and again, to guests.
    public var loops = false

    public init() {}
  }

  /// Wall time beyond which nothing but a machine or process that was asleep explains a turn, in nanoseconds.
  static let asleepNanoseconds = 1_000_000_000

  /// So many commands wait to be carried out at most.
  static let commandLimit = 256

  private let publisher: Publisher
  private let options: Options
  private let bootstrap: [SourceCursor]
  /// Those with event times, and behind them, published whole, those without.
  private var cursors: [SourceCursor] = []
  private let timedCount: Int
  private var timeline: ReplayTimeline
  private var meter = PaceMeter()
  private var commands: [ReplayCommand] = []
  private var lastTurn: Int?
  /// Whether members have yet to fetch what the last jump passed over.
  private var isCatchingUp = false
  /// Whether everything has been published, and the topics have ended.
  public private(set) var hasEnded = false
  private var hasBegun = false
  private var pass = 1
  private let numbers: [Int]

  /// Bytes sent by this replayer.
  public private(set) var publishedBytes = 0
  /// The offset behind what was published of each source.
  public private(set) var published: [Int]
  /// Simulated time at the message behind all that was published: where to go on after an interruption.
  public private(set) var frontier: EventTime?
  /// Simulated time at which the replay starts and ends; nothing where no message has a time.
  public private(set) var span: (first: EventTime, end: EventTime)?
  /// How late events left. Empty at full speed.
  public private(set) var lateness = LatenessHistogram()
  /// Wall time from the start of the clock to its end, in nanoseconds.
  public private(set) var elapsedNanoseconds = 0
  /// Wall time in which the replay was paused, in nanoseconds.
  public private(set) var pausedNanoseconds = 0
  /// Whether it was paused in the turn before.
  private var wasPaused = false
  /// Grows with every jump.
  public private(set) var epoch: Int
  private var commandCount = 0
  /// How many commands have been carried out, or, where the last ones are steps, begun.
  private var begunCount = 0
  /// The number of the first step that has not come to its end.
  private var openStep: Int?
  /// Called now and then; may throw to give up.
  public var onTurn: (Replayer) throws -> Void = { _ in }

  public init(sources: [ReplaySource], publisher: Publisher, options: Options) throws {
    self.publisher = publisher
    self.options = options
    epoch = options.epoch
    published = sources.map(\.next)
    frontier = options.resumesAt
    var (timed, untimed): ([(Int, SourceCursor)], [(Int, SourceCursor)]) = ([], [])
    var first: EventTime?
    var last: EventTime?
    for (number, source) in sources.enumerated() where !source.isBootstrap {
      let cursor = SourceCursor(source, position: source.next, batchBytes: options.batchBytes)
      if let times = try source.times() {
        timed.append((number, cursor))
        first = min(first ?? times.first, times.first)
        last = max(last ?? times.last, times.last)
      } else {
        untimed.append((number, cursor))
      }
    }
    let all = sources.indices.filter { sources[$0].isBootstrap }.map {
      ($0, SourceCursor(sources[$0], position: sources[$0].next, batchBytes: options.batchBytes))
    }
    bootstrap = all.map(\.1)
    cursors = (timed + untimed).map(\.1)
    numbers = (all + timed + untimed).map(\.0)
    if let first, let last {
      let midnights = (EventTime(first.date), last.nextMidnight)
      let start = max(options.start ?? midnights.0, midnights.0)
      span = (start, max(start, min(options.end ?? midnights.1, midnights.1)))
    }
    timedCount = timed.count
    timeline = ReplayTimeline(
      start: span?.first ?? EventTime(secondsSinceEpoch: 0), end: span?.end ?? EventTime(secondsSinceEpoch: 0),
      position: options.resumesAt, speed: options.speed, isPaused: options.startsPaused, pauseRule: options.pauseRule,
      longestSilenceSeconds: options.longestSilence?.seconds)
  }

  /// Replays everything and ends the topics. Blocks while members are behind; where it loops, until ``onTurn`` throws.
  public func run() throws {
    hasBegun = true
    for index in bootstrap.indices {
      var cursor = bootstrap[index]
      try publishAll(&cursor, number: numbers[index])
      try publisher.end(cursor.source.topic)
    }
    for index in cursors.indices.dropFirst(timedCount) { try publishAll(&cursors[index], number: number(of: index)) }
    var started: Int?
    while true {
      try play { started = started ?? $0 }
      if !hasEnded { elapsedNanoseconds = options.clock.now() - (started ?? options.clock.now()) }
      hasEnded = true
      for (index, cursor) in cursors.enumerated() {
        try publisher.end(cursor.source.topic, clock: span?.end, goesRound: options.loops && index < timedCount)
      }
      guard options.loops, timedCount > 0 else { return }
      pass += 1
      try jump(to: timeline.start)
    }
  }

  /// Asks for something to be done, which happens in the next turn.
  ///
  /// - Returns: The number of the command: it was carried out when ``ReplayStatus/applied`` is as high.
  /// - Throws: ``ReplayCommandError`` where the replay does not go there, or has ended.
  @discardableResult
  public func ask(_ command: ReplayCommand) throws(ReplayCommandError) -> Int {
    if command == .status { return commandCount }
    if case .seek(let time) = command {
      guard let span else { throw ReplayCommandError("no message has a time that one could go to") }
      guard (span.first...span.end).contains(time) else {
        throw ReplayCommandError("\(time) is not in this replay, which goes from \(span.first) to \(span.end)")
      }
    }
    if hasEnded, !options.loops {
      throw ReplayCommandError("the replay has ended: start it again, or with --loop, to go on")
    }
    guard commands.count < Replayer.commandLimit else {
      throw ReplayCommandError("\(commands.count) commands wait to be carried out already: wait for those")
    }
    commands.append(command)
    commandCount += 1
    return commandCount
  }

  public var status: ReplayStatus {
    let state: ReplayStatus.State =
      if hasEnded, !options.loops { .ended } else if !publisher.isComplete || !hasBegun {
        .waiting
      } else if isCatchingUp {
        .catchingUp
      } else { timeline.isPaused ? .paused : .running }
    return ReplayStatus(
      state: state, clock: now, start: span?.first, end: span?.end, speed: timeline.speed,
      achieved: state == .running ? meter.present : nil, epoch: epoch, pass: pass,
      applied: timeline.isStepping ? (openStep ?? begunCount) - 1 : begunCount)
  }

  /// Simulated time: of the replay clock where it is paced, otherwise of the last event.
  public var now: EventTime? {
    guard span != nil else { return nil }
    let wall = options.clock.now()
    // who asks a process that was asleep, as soon as it is awake, is not told of time that will be left out
    return timeline.instant(at: min(wall, (lastTurn ?? wall) + Replayer.asleepNanoseconds)).time
  }

  public var speed: ReplaySpeed { timeline.speed }
  public var isPaused: Bool { timeline.isPaused }

  /// What the replay has done in all the time in which it ran.
  public var pace: PaceMeter { meter }

  /// Which part of the time that this replayer was to go through went by while the clock ran: the rest was stepped or
  /// passed over. Nothing where no message has a time.
  public var runShare: Double? {
    guard let span else { return nil }
    let first = max(span.first, options.resumesAt ?? span.first)
    let seconds = Double(span.end.secondsSinceEpoch - first.secondsSinceEpoch)
    return seconds > 0 ? meter.total.seconds / seconds : nil
  }

  // MARK: Playing

  /// Plays to the end. `onStart` is told the moment, in nanoseconds, at which the clock starts.
  private func play(onStart: (Int) -> Void) throws {
    guard timedCount > 0 else { return }
    while true {
      try turn()
      let (index, head) = try nextSource()
      let wall = options.clock.now()
      note(head, at: wall)
      switch timeline.next(head, at: wall) {
      case .publish(let through, let count):
        onStart(wall)
        try send(index!, through: min(through, try bound(of: index!)), count: count)
      case .wait(let moment):
        if publisher.isComplete { onStart(wall) }
        try wait(until: moment)
      case .finished: return
      }
    }
  }

  private func turn() throws {
    try onTurn(self)
    let wall = options.clock.now()
    if let last = lastTurn, wall - last > Replayer.asleepNanoseconds { timeline.leaveOut(from: last, to: wall) }
    if wasPaused, !hasEnded, let last = lastTurn { pausedNanoseconds += wall - last }
    lastTurn = wall
    // a step is to come to its end before something else begins
    while !timeline.isStepping, !commands.isEmpty {
      let command = commands.removeFirst()
      try perform(command, at: wall)
      begunCount += 1
      if case .step = command, openStep == nil { openStep = begunCount }
    }
    if !timeline.isStepping { openStep = nil }
    wasPaused = timeline.isPaused && !timeline.isStepping
    if isCatchingUp, (0..<timedCount).allSatisfy({ publisher.hasRoom(in: cursors[$0].source.topic) }) {
      isCatchingUp = false
    }
    if !publisher.isComplete || isCatchingUp { timeline.hold(at: wall) } else { timeline.release(at: wall) }
  }

  private func perform(_ command: ReplayCommand, at wall: Int) throws {
    switch command {
    case .pause: timeline.pause(at: wall)
    case .resume: timeline.resume(at: wall)
    case .toggle: if timeline.isPaused { timeline.resume(at: wall) } else { timeline.pause(at: wall) }
    case .speed(let speed): timeline.setSpeed(speed, at: wall)
    case .faster: timeline.setSpeed(timeline.speed.faster, at: wall)
    case .slower: timeline.setSpeed(timeline.speed.slower, at: wall)
    case .step(let step): timeline.step(step, at: wall)
    case .seek(let time): try jump(to: time)
    case .status: break
    }
  }

  /// Goes to a time, in a new epoch. Members fetch what lies between, where they have not got it.
  private func jump(to time: EventTime) throws {
    epoch += 1
    for index in 0..<timedCount {
      let source = cursors[index].source
      let offset = try source.offset(atOrAfter: time)
      try publisher.jump(
        source.topic, to: offset, watermark: try source.time(before: offset), clock: time)
      cursors[index].move(to: offset)
      let number = number(of: index)
      if offset > published[number] {
        published[number] = offset
        isCatchingUp = true
      }
    }
    timeline.seek(to: time, at: options.clock.now())
    if cursors.indices.prefix(timedCount).allSatisfy({ cursors[$0].position == published[number(of: $0)] }) {
      frontier = max(frontier ?? time, time)
    }
  }

  /// The source whose message comes next, and the time of that message.
  private func nextSource() throws -> (index: Int?, head: EventTime?) {
    var next: (index: Int?, head: EventTime?) = (nil, nil)
    for index in 0..<timedCount {
      guard let time = try headTime(of: index) else { continue }
      if next.head.map({ time < $0 }) ?? true { next = (index, time) }
    }
    return next
  }

  private func headTime(of index: Int) throws -> EventTime? {
    switch try cursors[index].head() {
    case .end: nil
    case .untimed: cursors[index].watermark ?? timeline.start
    case .time(let time): time
    }
  }

  /// How far one source may go before another one has its turn.
  private func bound(of index: Int) throws -> EventTime {
    var bound = EventTime.distantFuture
    for other in 0..<timedCount where other != index {
      guard let time = try headTime(of: other) else { continue }
      bound = min(bound, other < index ? EventTime(secondsSinceEpoch: time.secondsSinceEpoch - 1) : time)
    }
    return bound
  }

  private func number(of index: Int) -> Int { numbers[bootstrap.count + index] }

  private func send(_ index: Int, through bound: EventTime, count: Int) throws {
    let (source, number) = (cursors[index].source, number(of: index))
    let again = published[number] - cursors[index].position
    let limit = min(count, options.batchCount, again > 0 ? again : .max)
    guard let stretch = try cursors[index].take(through: bound, count: limit) else { return }
    let due = stretch.maxTime.flatMap { timeline.dueNanoseconds(of: $0) }
    let clock = due.map { _ in timeline.instant(at: options.clock.now()).time }
    if again > 0 {
      try publisher.publishAgain(
        source.topic, lines: stretch.lines, owner: stretch.owner, count: stretch.count, watermark: stretch.maxTime,
        clock: clock)
    } else {
      try publisher.publish(
        source.topic, lines: stretch.lines, owner: stretch.owner, count: stretch.count, watermark: stretch.maxTime,
        clock: clock)
      published[number] = cursors[index].position
      if let time = clock ?? stretch.maxTime { frontier = max(frontier ?? time, time) }
    }
    publishedBytes += stretch.lines.count
    let wall = options.clock.now()
    if let due { lateness.record(nanoseconds: wall - due, count: stretch.count) }
    if let time = stretch.maxTime { timeline.sent(through: time) }
    lastTurn = wall
  }

  private func publishAll(_ cursor: inout SourceCursor, number: Int) throws {
    while let stretch = try cursor.take(through: .distantFuture, count: options.batchCount) {
      try publisher.publish(
        cursor.source.topic, lines: stretch.lines, owner: stretch.owner, count: stretch.count,
        watermark: stretch.maxTime)
      published[number] = cursor.position
      publishedBytes += stretch.lines.count
      try onTurn(self)
    }
  }

  /// Takes note of where the replay is.
  private func note(_ head: EventTime?, at wall: Int) {
    let isRunning = publisher.isComplete && !isCatchingUp && !timeline.isPaused
    let instant = timeline.instant(at: wall)
    var factor: Double?
    if case .factor(let asked) = timeline.speed { factor = asked }
    meter.note(
      min(instant, head.map { ReplayInstant($0) } ?? instant), at: wall, segment: isRunning ? timeline.segment : nil,
      factor: factor)
  }

  /// Answers requests until a moment of the wall clock, or for a while where there is none; less where something comes.
  private func wait(until moment: Int?) throws {
    for cursor in cursors.prefix(timedCount) {
      publisher.note(clock: timeline.instant(at: options.clock.now()).time, of: cursor.source.topic)
    }
    let isHeld = isCatchingUp || !publisher.isComplete
    guard let moment else { return try publisher.wait(milliseconds: isHeld ? 5 : 50) }
    let rest = moment - options.clock.now()
    if rest <= 0 { return }
    if rest < 1_500_000 {
      // the poller counts whole milliseconds
      var time = timespec(tv_sec: 0, tv_nsec: rest)
      nanosleep(&time, nil)
      return
    }
    try publisher.wait(milliseconds: min(50, rest / 1_000_000))
  }
}
