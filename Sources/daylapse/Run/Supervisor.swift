import Records
import TopicStream

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Starts the stages as processes, listens to them, and sees to it that none is left.
final class Supervisor {
  /// What is known of a stage while it runs.
  struct Stage {
    var process: ChildProcess
    let arguments: [String]
    var data: [String] = []
    var service: [String] = []
    var isReady = false
    var progress = StageProgress()
    var report: StageReport?
    /// How often it was started.
    var starts = 1
    var restarts: RestartRule
    /// When it is to be started again.
    var startsAgainAt: Int?
  }

  private(set) var stages: [Stage] = []
  /// How often a stage is started again that dies again and again without coming further.
  let restartLimit: Int
  private let clock = StreamClock.monotonic
  /// Names of consumers that have been heard of.
  private(set) var arrived: Set<String> = []
  /// Called whenever something is known anew, and ten times a second.
  var onChange: (Supervisor) throws -> Void = { _ in }
  /// What else it is woken by: where keys are read from.
  var keyboard: Int32?
  /// Called when ending the stages takes longer than one can overlook.
  var onSlowEnd: () -> Void = {}
  /// Hears of what stages say in words.
  var onWords: (_ stage: String, _ line: String) -> Void = { _, _ in }

  private let executable: String
  private let inherited: [Int32]

  /// - Parameter locks: What the stages hold as well, so that nobody takes their folders while one of them lives.
  init(restartLimit: Int, locks: [FolderLock]) throws {
    self.restartLimit = restartLimit
    inherited = locks.map(\.descriptor)
    #if canImport(Darwin)
      var size: UInt32 = 4096
      var path = [CChar](repeating: 0, count: Int(size))
      _NSGetExecutablePath(&path, &size)
      executable = String(cString: path)
    #else
      executable = "/proc/self/exe"
    #endif
  }

  func start(_ name: String, _ arguments: [String]) throws {
    stages.append(
      Stage(
        process: try ChildProcess(name: name, executable: executable, arguments: arguments, inherited: inherited),
        arguments: arguments, restarts: RestartRule(limit: restartLimit)))
  }

  func stage(_ name: String) -> Stage? { stages.first { $0.process.name == name } }

  /// Listens until every stage has ended well.
  ///
  /// - Throws: ``CommandError`` with a stage's last words where it failed; ``Interrupted``. No stage is left then.
  func run() throws {
    do {
      while !stages.allSatisfy({ $0.process.ending?.isSuccess ?? false }) {
        try StopSignal.check()
        waitForNews(milliseconds: stages.contains { $0.startsAgainAt != nil } ? 5 : 100)
        for index in stages.indices { listen(to: index) }
        for index in stages.indices { try startAgainIfNeeded(index) }
        try onChange(self)
      }
    } catch {
      let hadDoneJob = hasDoneJob
      stopAll(listening: hadDoneJob)
      // a producer that only went round for guests ends well when it is told to
      if error is Interrupted, hadDoneJob, stages.allSatisfy({ $0.process.ending?.isSuccess ?? false }) { return }
      throw error
    }
  }

  /// Whether every stage but the producer has ended well: what is left is for guests.
  var hasDoneJob: Bool {
    stages.count > 1 && stages.allSatisfy { $0.process.name == "producer" || $0.process.ending?.isSuccess ?? false }
  }

  /// Starts a stage again that was killed, or that somebody asked to end by a signal; what fails by itself would fail
  /// again.
  ///
  /// - Throws: ``CommandError`` where it failed, or was started again often enough.
  private func startAgainIfNeeded(_ index: Int) throws {
    let stage = stages[index]
    if let time = stage.startsAgainAt {
      guard clock.now() >= time else { return }
      var arguments = stage.arguments.filter { $0 != "--hold-start" || !hasStarted }
      arguments += ["--start", String(stage.starts + 1)]
      let left = stages.filter { $0.process.ending?.isSuccess ?? false }.map(\.process.name)
      if !left.isEmpty { arguments += ["--left", left.joined(separator: ",")] }
      if let data = stage.data.first(where: { $0.hasPrefix("tcp://") }),
        let service = stage.service.first(where: { $0.hasPrefix("tcp://") })
      {
        arguments += ["--bound-before", "\(data),\(service)"]
      }
      stages[index].process = try ChildProcess(
        name: stage.process.name, executable: executable, arguments: arguments, inherited: inherited)
      stages[index].starts += 1
      stages[index].startsAgainAt = nil
      stages[index].isReady = false
      return
    }
    guard let ending = stage.process.ending, !ending.isSuccess else { return }
    guard let cause = ending.outsideCause else { throw failure(of: stage.process) }
    guard let delay = stages[index].restarts.delayAfterDeath(at: stage.progress.messages) else {
      throw failure(of: stage.process)
    }
    let count = stages[index].restarts.vainStarts
    onWords(stage.process.name, "\(cause), started again (\(count) of \(restartLimit))")
    stages[index].startsAgainAt = clock.now() + delay
  }

  /// Says that the replay may start.
  func startReplay() {
    hasStarted = true
    stage("producer")?.process.start()
  }
  private var hasStarted = false

  /// Ends all stages: in order where they do so within three seconds.
  ///
  /// - Parameter listening: Whether what they report is still of interest.
  func stopAll(listening: Bool = false) {
    for stage in stages { stage.process.release() }
    for turn in 0..<300 where stages.contains(where: { $0.process.ending == nil }) {
      usleep(10_000)
      if turn == 30 { onSlowEnd() }
      for index in stages.indices {
        if listening { listen(to: index) } else { _ = stages[index].process.output.lines() }
        stages[index].process.collect()
      }
    }
    for stage in stages where stage.process.ending == nil {
      stage.process.kill()
      while stage.process.ending == nil {
        usleep(1000)
        stage.process.collect()
      }
    }
  }

  private func waitForNews(milliseconds: Int32) {
    var descriptors = stages.flatMap { [$0.process.output, $0.process.words] }.filter { !$0.hasEnded }.map {
      pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
    }
    if let keyboard { descriptors.append(pollfd(fd: keyboard, events: Int16(POLLIN), revents: 0)) }
    // a stage whose pipes have ended is about to be gone
    let isEnding = stages.contains { $0.process.ending == nil && $0.process.output.hasEnded }
    poll(&descriptors, nfds_t(descriptors.count), isEnding ? 1 : milliseconds)
  }

  private func listen(to index: Int) {
    let process = stages[index].process
    for line in process.words.lines() {
      let text = String(decoding: line, as: UTF8.self)
      process.note(text)
      onWords(process.name, text)
    }
    for line in process.output.lines() {
      guard let status = line.withUnsafeBytes({ StageStatus($0) }) else {
        process.note(String(decoding: line, as: UTF8.self))
        continue
      }
      switch status {
      case .ready(let data, let service):
        stages[index].isReady = true
        (stages[index].data, stages[index].service) = (data, service)
      case .progress(let progress): stages[index].progress = progress
      case .arrived(let name): arrived.insert(name)
      case .notice(let text): onWords(process.name, text)
      case .finished(let report):
        stages[index].report = report
        (stages[index].progress.lag, stages[index].progress.waiting) = (0, nil)
      }
    }
    process.collect()
  }

  private func failure(of process: ChildProcess) -> CommandError {
    // what it said last may still be on its way
    for line in process.words.lines() { process.note(String(decoding: line, as: UTF8.self)) }
    let how =
      switch process.ending {
      case .killed(let signal): "was killed by signal \(signal) (\(String(cString: strsignal(signal))))"
      case .exited(ChildProcess.Ending.askedToEnd): "was asked to end by a signal"
      case .exited(let code): "ended with exit code \(code)"
      case nil: "is gone"
      }
    // of a crash report, the line that names the crash
    let crash = process.lastWords.first { $0.contains("Fatal error") || $0.contains("crashed:") }
    let words = (crash.map { [$0] } ?? process.lastWords.suffix(5)).map {
      $0.hasPrefix("daylapse: ") ? String($0.dropFirst("daylapse: ".count)) : $0
    }
    return CommandError(
      "\(process.name) \(how)" + (words.isEmpty ? "" : ": " + words.joined(separator: "\n  ")))
  }
}
