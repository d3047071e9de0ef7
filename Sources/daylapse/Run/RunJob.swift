import Generator
import OutputFiles
import RawData
import Records
import Replay
import TopicLog
import TopicStream

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The main job: days in, four stages, three CSV files out.
struct RunJob {
  let command: RunCommand
  private let clock = StreamClock.monotonic
  private let line: ProgressLine

  init(command: RunCommand) {
    self.command = command
    line = ProgressLine(isQuiet: command.reporting.quiet)
  }

  func perform() throws {
    defer { line.clear() }
    let started = clock.now()
    let locks = try command.folders.lockForBringingIn()
    defer { locks.release() }
    // before any days are replaced
    _ = try command.output.folder(dataDirectory: command.folders.dataDir)
    let (outcome, record) = try bringIn()
    let (raw, goesOn) = (outcome.raw, outcome.goesOn)
    // others may replay these days as well, but not replace them
    guard locks.topics.share() else {
      throw CommandError("\(command.folders.topicsDir) was taken by another process in this moment: wait for it")
    }
    let broughtIn = clock.now()

    let links = try LinkDirectory(stateDirectory: command.folders.stateDirectory)
    defer { links.remove() }
    let endpointsPath = command.folders.stateDirectory + "/endpoints.json"
    defer { unlink(endpointsPath) }
    let supervisor = try Supervisor(restartLimit: command.restarts, locks: locks.all)
    let (begun, done): (Int, Int)
    do {
      try startStages(supervisor, links, goesOn: goesOn)
      (begun, done) = try supervise(supervisor, endpointsPath: endpointsPath)
      var finished = outcome.record
      (finished.isFinished, finished.hasResults) = (true, true)
      try record.write(finished)
    } catch is Interrupted {
      throw Interrupted(hint: Interrupted.goesOn)
    }
    line.clear()

    let summary = RunSummary(
      raw: raw, reports: Dictionary(uniqueKeysWithValues: supervisor.stages.map { ($0.process.name, $0.report) }),
      broughtInSeconds: Double(broughtIn - started) / 1e9,
      replaySeconds: Double(done - (command.waitFor.isEmpty ? broughtIn : begun)) / 1e9,
      speed: command.pace.speed.value)
    command.reporting.tell(summary.json, lines: summary.lines, warnings: raw.warnings + summary.warnings)
    if let problem = summary.imbalance {
      throw CommandError("the books do not balance: \(problem). Please report this with the options you used")
    }
    // a replay that only went round for guests ends by being interrupted
    if command.pace.loop, StopSignal.isRequested { throw Interrupted(hint: "the CSV files are written") }
  }

  // MARK: Bringing days in

  /// Generates or imports, unless an interrupted run left just the days that are asked for.
  private func bringIn() throws -> (BringingIn.Outcome, RunRecord) {
    let source: BringingIn.Source
    var forecast: String?
    if let rawDirectory = command.rawDir {
      source = .imported(rawDirectory)
    } else {
      let options = try command.generator.options
      try DaySpan(options).check(command.pace)
      source = .generated(options)
      forecast = TableForecast(users: options.userCount, days: options.days).warning(TableForecast.generatedAdvice)
      if let forecast { line.say("daylapse: \(forecast)") }
    }
    var bringingIn = BringingIn(
      folders: command.folders, source: source, mayOverwrite: command.output.overwrite,
      options: command.resultOptions, startsFresh: command.fresh)
    bringingIn.onStep = { [line] step in
      try StopSignal.check()
      switch step {
      case .generating(let done, let all): line.show(generated: done, of: all)
      case .importing(let rows): line.show("importing", rows, "events")
      case .noted, .complete: break
      }
    }
    var outcome = try bringingIn.perform()
    line.clear()
    if case .imported = source {
      forecast = try TableForecast(in: command.folders, pace: command.pace)?.warning(TableForecast.importedAdvice)
      if let forecast { line.say("daylapse: \(forecast)") }
    }
    // for programs it is a warning of the result
    if let forecast, command.reporting.json { outcome.raw.warnings.append(forecast) }
    if outcome.goesOn { line.say("daylapse: goes on with the interrupted run") }
    if outcome.replacesOthers {
      line.say("daylapse: replaces the results of the run before, which were made from other days or options")
    }
    return (outcome, bringingIn.record)
  }

  // MARK: The stages

  private func startStages(_ supervisor: Supervisor, _ links: LinkDirectory, goesOn: Bool) throws {
    setenv(StageProcess.generationVariable, Consumer.generationOfProcess, 1)
    let recovery = command.recovery.commandLine + (goesOn ? ["--anew"] : [])
    let publishing =
      ["--base-port", String(command.basePort)] + (command.linger.map { ["--linger", String($0)] } ?? [])
      + ["--batch-bytes", String(command.batch.batchBytes)]
      + (command.batch.batchMessages.map { ["--batch-messages", String($0)] } ?? []) + recovery
      + command.keys.commandLine + command.waitFor.flatMap { ["--serve", $0] }
    let topics = ["--topics-dir", command.folders.topicsDir]
    let data = ["--data-dir", command.folders.dataDir]
    func bind(_ name: String) -> [String] { ["--bind", links.endpoint(name)] }
    try supervisor.start(
      "producer",
      ["produce", "--supervised"] + command.pace.commandLine
        + (command.waitFor.isEmpty ? [] : ["--hold-start"]) + (goesOn ? ["--resumes-finished"] : [])
        + publishing + topics + data + bind("producer"))
    try supervisor.start(
      "cleaner",
      ["clean", "--supervised", "--producer", links.endpoint("producer")]
        + (command.cleaning.strict ? ["--strict"] : []) + publishing + topics + bind("cleaner"))
    try supervisor.start(
      "aggregator",
      ["aggregate", "--supervised", "--cleaner", links.endpoint("cleaner")] + command.aggregation.commandLine
        + publishing + topics + bind("aggregator"))
    try supervisor.start(
      "sink",
      ["sink", "--supervised", "--cleaner", links.endpoint("cleaner"), "--aggregator", links.endpoint("aggregator")]
        + command.output.commandLine + command.keys.commandLine + data + recovery)
  }

  /// - Returns: When the replay might begin and when the job was done, in nanoseconds; a replay that goes round for guests
  ///   may end much later.
  private func supervise(_ supervisor: Supervisor, endpointsPath: String) throws -> (begun: Int, done: Int) {
    var begun = clock.now()
    var done: Int?
    var hasEndpoints = false
    var hasStarted = command.waitFor.isEmpty
    if hasStarted { supervisor.startReplay() }
    var display = RunDisplay(line: line)
    let keyboard = line.isInteractive ? KeyReader() : nil
    defer { keyboard?.close() }
    if keyboard != nil { display.keys = ReplayKeys.control + ReplayKeys.always }
    supervisor.onSlowEnd = { [line] in
      if StopSignal.isRequested { line.say("ending the stages in order; Ctrl-C once more ends at once") }
    }
    supervisor.onWords = { [line] stage, words in
      if !words.hasPrefix("daylapse: ") { line.say("\(stage): \(words)") }
    }
    supervisor.onChange = { supervisor in
      let publishers = supervisor.stages.filter { $0.process.name != "sink" }
      if !hasEndpoints, publishers.allSatisfy(\.isReady) {
        hasEndpoints = true
        try RunJob.writeEndpoints(publishers, to: endpointsPath)
        if !command.waitFor.isEmpty { line.say(RunJob.places(publishers, for: command.waitFor)) }
      }
      if !hasStarted {
        let missing = command.waitFor.filter { !supervisor.arrived.contains($0) }
        if missing.isEmpty {
          hasStarted = true
          begun = clock.now()
          supervisor.startReplay()
        } else {
          display.note = "waiting for \(missing.joined(separator: ", ")) to join"
        }
      }
      if hasStarted { display.note = nil }
      for key in keyboard?.keys(now: clock.now()) ?? [] {
        if key == .character("?") { display.toggleHelp() }
        if let command = ReplayCommand(key: key) { supervisor.stage("producer")?.process.ask(command) }
      }
      if command.pace.loop, done == nil, supervisor.hasDoneJob {
        done = clock.now()
        line.say("daylapse: the CSV files are written; the days are shown again until Ctrl-C")
      }
      supervisor.keyboard = keyboard?.isReading ?? false ? keyboard?.descriptor : nil
      display.update(supervisor, now: clock.now())
    }
    try supervisor.run()
    return (begun, done ?? clock.now())
  }

  /// Where somebody who is waited for finds the publishers, for people.
  private static func places(_ stages: [Supervisor.Stage], for names: [String]) -> String {
    let places = stages.map { stage in
      let data = stage.data.first { $0.hasPrefix("tcp://") } ?? stage.data.first ?? ""
      let service = stage.service.first { $0.hasPrefix("tcp://") } ?? stage.service.first ?? ""
      return "\(stage.process.name) at \(data) (service \(service))"
    }
    return "daylapse: waits for \(names.joined(separator: ", ")); connect to \(places.joined(separator: ", "))"
  }

  /// Where consumers of one's own attach, for programs.
  private static func writeEndpoints(_ stages: [Supervisor.Stage], to path: String) throws {
    let members: [JSONValue.Member] = stages.map { stage in
      func tcp(_ endpoints: [String]) -> JSONValue { .string(endpoints.first { $0.hasPrefix("tcp://") } ?? "") }
      return .init(stage.process.name, .object([.init("data", tcp(stage.data)), .init("service", tcp(stage.service))]))
    }
    try writeFileAtomically(path, Array("\(JSONValue.object(members))\n".utf8))
  }
}
