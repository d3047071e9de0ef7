import Checkpoints
import Records
import Replay
import Synchronization
import TopicStream

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

private let mayStart = Atomic<Bool>(false)
private let commands = Mutex<[ReplayCommand]>([])

/// The process around a stage: what it reports and to whom, and when it has to end.
///
/// Under `daylapse run` a stage reports JSON lines on standard output, and ends when its standard input does, which is
/// when the supervisor is gone. Started by hand it reports to the terminal.
final class StageProcess {
  let name: String
  let clock: StreamClock
  /// Told of the points at which a test may let the stage die.
  let faults: Faults
  /// Names the time since the machine was started.
  let boot: String
  /// Lets others know that this stage is alive while its step waits for something: set by whoever runs the step.
  var keepAlive: () throws -> Void = {}
  let isSupervised: Bool
  private let simulation: Simulation?
  private let progressNanoseconds: Int
  private var lastProgress: Int
  private let line: ProgressLine
  private var figures = RunFigures()
  private var keyboard: KeyReader?
  private var lastKeys = 0
  private var showsHelp = false
  /// Hears of keys that are pressed while the stage runs by hand: set by a stage that they mean something to.
  var onKey: ((Key) throws -> Void)? {
    didSet { keyboard = onKey == nil || !line.isInteractive ? nil : KeyReader() }
  }

  /// What a test puts in the place of the process: hears of reports, and is called in every turn.
  struct Simulation {
    var onReport: (StageStatus) -> Void
    var onTurn: (_ progress: () -> StageStatus) throws -> Void
    var takeCommands: () -> [ReplayCommand] = { [] }
  }

  /// A stage within a test, which has no process of its own.
  init(name: String, clock: StreamClock, faults: Faults, boot: String, simulation: Simulation) {
    self.name = name
    self.clock = clock
    self.faults = faults
    self.boot = boot
    self.simulation = simulation
    isSupervised = false
    line = ProgressLine(isQuiet: true)
    progressNanoseconds = .max
    lastProgress = 0
  }

  /// - Parameter start: How often the supervisor has started this stage, this time included.
  init(name: String, isSupervised: Bool, start: Int = 1, isQuiet: Bool = false) {
    self.name = name
    clock = .monotonic
    faults = CrashPlan.faults(stage: name, start: start)
    boot = BootID.current
    simulation = nil
    self.isSupervised = isSupervised
    line = ProgressLine(isQuiet: isQuiet || isSupervised)
    // a line that is written now and then is told what changes as well
    progressNanoseconds = isSupervised ? 200_000_000 : 100_000_000
    lastProgress = clock.now()
    StopSignal.catchSignals(ignoringInterrupts: isSupervised)
    if isSupervised { StageProcess.watchSupervisor() }
  }

  /// What the members of a run are known by: `run` gives it to its stages in their environment, where only the same user
  /// can read it.
  static let generationVariable = "DAYLAPSE_GENERATION"

  /// What `run` gave this stage and all others; `nil` for one that was started by hand.
  var givenGeneration: String? {
    guard isSupervised, let text = getenv(StageProcess.generationVariable).map({ String(cString: $0) }),
      ConsumerName.problem(with: text) == nil
    else { return nil }
    return text
  }

  /// What this process is known by to the publishers that it is a member of.
  var generation: String { givenGeneration ?? Consumer.generationOfProcess }

  /// Whether the supervisor said that the replay may start.
  var hasStartSignal: Bool { mayStart.load(ordering: .relaxed) }

  /// What was asked of the replay, by the supervisor or from the keyboard, since this was called last.
  func takeCommands() -> [ReplayCommand] {
    if let simulation { return simulation.takeCommands() }
    return commands.withLock { commands in
      defer { commands = [] }
      return commands
    }
  }

  func report(_ status: StageStatus) {
    if let simulation { return simulation.onReport(status) }
    if isSupervised { return Terminal.write(status.json) }
    switch status {
    case .ready(let data, _): line.say("\(name): publishes on \(data.joined(separator: ", "))")
    case .arrived(let who): line.say("\(name): \(who) is here")
    case .notice(let text): line.say("\(name): \(text)")
    case .progress(let progress):
      figures.take(RunFigures.News(name: name, progress: progress), at: clock.now())
      var view = figures.view
      if keyboard != nil { (view.keys, view.showsHelp) = (ReplayKeys.control + ReplayKeys.always, showsHelp) }
      line.show(view)
    case .finished(let report):
      line.clear()
      if line.isQuiet { return }
      for written in report.written {
        Terminal.write(
          "\(written.name.padded(to: 20)) \(Figures.grouped(written.count).aligned(to: 12)) \(Figures.bytes(written.bytes).aligned(to: 10))"
        )
      }
      for count in report.counts {
        Terminal.write("\(count.name.padded(to: 32)) \(Figures.grouped(count.value).aligned(to: 12))")
      }
    }
  }

  /// Reports progress now and then.
  ///
  /// - Throws: ``Interrupted`` once the process was asked to end.
  func turn(_ progress: () -> StageStatus) throws {
    if let simulation { return try simulation.onTurn(progress) }
    try StopSignal.check()
    let now = clock.now()
    try readKeys(now: now)
    guard now - lastProgress >= progressNanoseconds else { return }
    lastProgress = now
    report(progress())
  }

  /// Looks for keys now and then.
  private func readKeys(now: Int) throws {
    guard let keyboard, now - lastKeys >= StageProcess.keyNanoseconds else { return }
    lastKeys = now
    for key in keyboard.keys(now: now) {
      if key == .character("?") { showsHelp.toggle() } else { try onKey?(key) }
    }
  }
  private static let keyNanoseconds = 40_000_000

  private var lastWord: (() throws -> Void)?
  private var releases: [() -> Void] = []

  /// Keeps what is to be noted once nothing of this process is needed any more: that it has left, which makes its next
  /// start a new one. Who is killed before that goes on where it was.
  func whenGone(_ note: @escaping () throws -> Void) { lastWord = note }

  /// Gives free what keeps others from doing the same job: at once, or, where there is something to note yet, after that.
  func release(_ body: @escaping () -> Void) {
    if lastWord == nil { body() } else { releases.append(body) }
  }

  /// Notes that this process has left. To be called last, when all sockets are closed and what was sent has gone out.
  func leave() throws {
    defer {
      for release in releases { release() }
      releases = []
    }
    guard let note = lastWord else { return }
    lastWord = nil
    try faults.reach(.beforeLeaving)
    try note()
    try faults.reach(.afterLeaving)
  }

  /// Gives the screen and the keyboard back.
  func close() {
    keyboard?.close()
    line.clear()
  }

  /// Takes note of what a publisher says of its members.
  func listen(to publisher: Publisher) {
    publisher.onEvent = { [self] event in
      switch event {
      case .joined(let who), .present(let who): report(.arrived(who))
      case .silent, .returned, .left, .refused, .refusedInTotal, .crowded, .overwhelmed, .leftBehind:
        report(.notice(event.description))
      }
    }
    report(.ready(data: publisher.endpoints.data, service: publisher.endpoints.service))
  }

  /// The largest resident memory this process has had, in bytes.
  static var peakMemoryBytes: Int {
    #if canImport(Darwin)
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      // what getrusage says here begins with the peak of the process that started this one
      guard let bytes = try? readSmallFile("/proc/self/status"),
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }
        ),
        let kilobytes = Int(line.filter(\.isNumber))
      else { return 0 }
      return kilobytes * 1024
    #endif
  }

  /// Reads standard input on a thread of its own: a line is the start signal or a command, its end is the supervisor's.
  private static func watchSupervisor() {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    pthread_create(
      &thread, &attributes,
      { _ in
        var (byte, line): (UInt8, [UInt8]) = (0, [])
        while true {
          let count = read(STDIN_FILENO, &byte, 1)
          if count < 0, errno == EINTR { continue }
          if count <= 0 { break }
          guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            continue
          }
          if let command = (try? JSONValue(parsing: line)).flatMap({ try? ReplayCommand($0) }) {
            commands.withLock { $0.append(command) }
          } else {
            mayStart.store(true, ordering: .relaxed)
          }
          line = []
        }
        // one that was killed cannot do it, one that lives has no more use for keys
        TerminalMode.restoreForTheDead()
        StopSignal.request()
        // what does not end in order ends now
        sleep(3)
        _exit(1)
      }, nil)
  }
}
