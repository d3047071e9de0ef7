import Aggregator
import ArgumentParser
import Checkpoints
import Cleaner
import Foundation
import Records
import Replay
import TestSupport
import TopicLog
import TopicStream
import ZeroMQ

@testable import daylapse

/// The whole topology in one process: the real stages, with a network, a clock and deaths that follow from a seed.
///
/// Guard of the unchecked conformance: of the scheduler and the stages one runs at a time.
final class World: @unchecked Sendable {
  struct Options {
    var missing: Safeguard?
    var deaths = 3
    var weather = Link.Weather()
    var durability = Durability.none
    /// How often the whole machine loses its power.
    var powerCuts = 0
    /// Whether somebody plays with the replay.
    var hasOperator = false
    /// How often a file cannot be opened for a while.
    var diskFaults = 0
  }

  static let stages = ["producer", "cleaner", "aggregator", "sink"]
  private static let wires = [
    ("cleaner", "producer"), ("aggregator", "cleaner"), ("sink", "cleaner"), ("sink", "aggregator"),
  ]
  /// After this many turns no more faults happen.
  private static let faultTurns = 2500
  /// After this many more the topology must have finished.
  private static let patienceTurns = 12_000

  private final class Node {
    let name: String
    var starts = 0
    /// Counts starts over power cuts, too.
    var lives = 0
    /// What it waits for, where it waits for too long.
    var waiting = ""
    var coroutine: Coroutine?
    var links: [Link] = []
    var endpoints: Publisher.Endpoints?
    var startsAt = 0
    var stoppedUntil = 0
    var hasFinished = false
    /// Crash points until the next one is deadly.
    var pointsLeft = Int.max
    /// The length of files whose content is on the disk for sure.
    var synced: [String: Int] = [:]

    init(_ name: String) { self.name = name }
  }

  private let folder: String
  private let options: Options
  private var random: SeededRandom
  private let context: Context
  private let nodes = World.stages.map { Node($0) }
  private var now = 1_000_000_000
  private var turn = 0
  private var boot = 1
  private var deathsLeft: Int
  private var powerCutsLeft: Int
  private var disk: FaultyDisk
  private let batchMessages: Int
  private let checkpointBytes: Int
  /// What happened, for a failing seed.
  private(set) var story: [String] = []

  init(folder: String, seed: UInt64, options: Options) throws {
    self.folder = folder
    self.options = options
    random = SeededRandom(seed: seed)
    context = try Context(ioThreads: 0)
    deathsLeft = options.deaths
    powerCutsLeft = options.powerCuts
    disk = FaultyDisk(folder: folder, faults: options.diskFaults)
    batchMessages = Int.random(in: 1...6, using: &random)
    checkpointBytes = random.pick([1, 500, 3000, 1 << 20])
    for node in nodes { armCrash(node) }
  }

  private func tell(_ text: String) { story.append("\(turn): \(text)") }

  // MARK: Time

  /// Lets the topology run to its end.
  ///
  /// - Throws: ``Stuck`` where it does not end, or whatever a stage fails with.
  func run() throws {
    defer { end() }
    while !nodes.allSatisfy(\.hasFinished) {
      turn += 1
      guard turn < World.faultTurns + World.patienceTurns else {
        throw Stuck(story: story + nodes.map { "\($0.name): \($0.hasFinished ? "finished" : $0.waiting)" })
      }
      now += random.chance(60) ? 1_200_000_000 : Int.random(in: 10_000...10_000_000, using: &random)
      if turn < World.faultTurns { try disturb() }
      disk.mend(until: turn < World.faultTurns ? turn : .max)
      for node in nodes where node.coroutine == nil && !node.hasFinished && node.startsAt <= turn { try start(node) }
      for node in nodes {
        for link in node.links {
          let weather = turn < World.faultTurns ? options.weather : Link.Weather()
          try link.turn(now: now, weather: weather, random: &random)
        }
      }
      let ready = nodes.filter { $0.coroutine != nil && $0.stoppedUntil <= turn }
      guard !ready.isEmpty else { continue }
      let node = random.pick(ready)
      node.coroutine!.resume()
      try collect(node)
    }
  }

  /// Lets something go wrong now and then.
  private func disturb() throws {
    if let path = disk.breakFile(at: turn, random: &random) { tell("\(path) cannot be opened") }
    guard random.chance(60) else { return }
    let alive = nodes.filter { $0.coroutine != nil }
    guard !alive.isEmpty else { return }
    if powerCutsLeft > 0, random.chance(5) { return cutPower() }
    let node = random.pick(alive)
    if random.chance(3) {
      node.stoppedUntil = turn + Int.random(in: 10...400, using: &random)
      tell("\(node.name) stops")
    } else if deathsLeft > 0 {
      deathsLeft -= 1
      tell("\(node.name) is killed")
      node.coroutine!.kill()
      bury(node)
    }
  }

  private func collect(_ node: Node) throws {
    guard let coroutine = node.coroutine, coroutine.isFinished else { return }
    if coroutine.wasKilled {
      tell("\(node.name) dies")
      return bury(node)
    }
    if let failure = coroutine.failure {
      // a file that could not be read ends a stage with an error that names it, and somebody starts it again
      guard disk.explains("\(failure)") else { throw Failed(stage: node.name, error: failure, story: story) }
      tell("\(node.name) fails: \(failure)")
      return bury(node)
    }
    tell("\(node.name) has finished")
    node.hasFinished = true
    bury(node)
  }

  private func bury(_ node: Node) {
    node.coroutine = nil
    for link in node.links { link.close() }
    node.links = []
    for other in nodes { for link in other.links where link.publisher == node.name { link.disconnect() } }
    node.endpoints = nil
    node.startsAt = turn + Int.random(in: 0...200, using: &random)
    node.stoppedUntil = 0
    armCrash(node)
  }

  private func armCrash(_ node: Node) {
    node.pointsLeft = random.chance(2) ? Int.random(in: 1...60, using: &random) : .max
  }

  private func end() {
    disk.mend(until: .max)
    for node in nodes {
      node.coroutine?.kill()
      for link in node.links { link.close() }
    }
  }

  // MARK: Stages

  private func start(_ node: Node) throws {
    node.starts += 1
    node.lives += 1
    if node.starts > 1 { tell("\(node.name) starts again") }
    for (consumer, publisher) in World.wires where consumer == node.name {
      let link = try Link(
        context: context, consumer: consumer, publisher: publisher, name: "\(consumer)-\(publisher)-\(node.lives)")
      node.links.append(link)
      if let endpoints = nodes.first(where: { $0.name == publisher })!.endpoints {
        try link.connect(data: endpoints.data[0], service: endpoints.service[0])
      }
    }
    let endpoints = Publisher.Endpoints(
      data: ["inproc://\(node.name)-\(node.lives)-data"], service: ["inproc://\(node.name)-\(node.lives)-service"])
    let upstreams = try node.links.map { try Upstream("\($0.upstream.data),\($0.upstream.service)") }
    let coroutine = Coroutine { [unowned self] coroutine in try live(node, coroutine, endpoints, upstreams) }
    node.coroutine = coroutine
    coroutine.resume()
    try collect(node)
    guard node.coroutine != nil, node.name != "sink" else { return }
    node.endpoints = endpoints
    for other in nodes {
      for link in other.links where link.publisher == node.name {
        try link.connect(data: endpoints.data[0], service: endpoints.service[0])
      }
    }
  }

  /// What a process of the topology does.
  private func live(
    _ node: Node, _ coroutine: Coroutine, _ endpoints: Publisher.Endpoints, _ upstreams: [Upstream]
  ) throws {
    let publishing = try PublisherArguments.parse(["--linger", "0", "--batch-messages", "\(batchMessages)"])
    let recovery = try RecoveryArguments.parse(
      (boot > 1 ? ["--anew"] : []) + [
        "--checkpoint-bytes", "\(checkpointBytes)", "--durability", options.durability.rawValue, "--start",
        "\(node.starts)", "--left", nodes.filter(\.hasFinished).map(\.name).joined(separator: ","),
      ])
    let clock = StreamClock(waits: false, timeOfDay: { [unowned self] in now / 1000 }, now: { [unowned self] in now })
    let hooks = Hooks(self, node, coroutine)
    let process = StageProcess(
      name: node.name, clock: clock,
      faults: Faults(missing: options.missing) { try hooks.reach($0) }, boot: "boot \(boot)",
      simulation: .init(
        onReport: { [unowned self] status in if case .notice(let text) = status { tell("\(node.name): \(text)") } },
        onTurn: { [unowned self] progress in
          if turn > World.faultTurns + World.patienceTurns - 500, case .progress(let progress) = progress(),
            let waiting = progress.waiting
          {
            node.waiting = waiting
          }
          try coroutine.yield()
        }, takeCommands: { [unowned self] in commands() }))
    func publisher(_ members: [String]) throws -> Publisher {
      var publisherOptions = try publishing.options(defaultMembers: members)
      publisherOptions.clock = clock
      return try Publisher(context: context, name: node.name, endpoints: endpoints, options: publisherOptions)
    }
    func stage(_ members: [String], digest: String, make: @escaping () -> any RecoverableStep) throws {
      let publisher = try publisher(members)
      defer { publisher.close() }
      try StageJob(
        process: process, context: context, publisher: publisher, publishing: publishing, recovery: recovery,
        topicsDirectory: folder + "/topics", digest: digest, upstream: upstreams[0],
        upstreamName: node.links[0].publisher, makeStep: make
      ).perform()
    }
    let data = folder + "/data"
    let speed = options.hasOperator ? random.pick(["max", "1d/s", "30d/s"]) : "max"
    switch node.name {
    case "producer":
      try ProduceJob(
        process: process, context: context,
        folders: FolderArguments.parse(["--data-dir", data, "--topics-dir", folder + "/topics"]),
        publishing: publishing, endpoints: endpoints, recovery: recovery,
        pace: PaceArguments.parse(["--speed", speed]),
        resumesFinished: node.starts > 1 || boot > 1
      ).perform()
    case "cleaner": try stage(["aggregator", "sink"], digest: "clean") { CleanerStep() }
    case "aggregator":
      let history = FetchedHistory(
        TopicHistory(
          context: context, service: upstreams[0].service, inputTopics: AggregatorStep().inputs.map(\.topic),
          clock: clock), process: process)
      try stage(["sink"], digest: "aggregate") { AggregatorStep(history: history) }
    default:
      try SinkJob(
        process: process, context: context, cleaner: upstreams[0], aggregator: upstreams[1], dataDirectory: data,
        output: SinkArguments.parse(["--keep-engagement"]), recovery: recovery, security: nil
      ).perform()
    }
    try process.leave()
  }

  /// What somebody asks of the replay at this moment; in the end, to go on.
  private func commands() -> [ReplayCommand] {
    guard options.hasOperator, random.chance(turn < World.faultTurns ? 20 : 100) else { return [] }
    guard turn < World.faultTurns else { return [.resume, .speed(.max)] }
    let day = EventTime("2025-01-05")!.secondsSinceEpoch + 86_400 * Int.random(in: -1...5, using: &random)
    let commands: [ReplayCommand] = [
      .pause, .resume, .toggle, .faster, .slower, .speed(.max), .speed(.factor(500_000)), .step(.event),
      .step(.duration(SimulatedDuration(seconds: Int.random(in: 1...200_000, using: &random)))),
      .seek(EventTime(secondsSinceEpoch: day)),
      .seek(EventTime(secondsSinceEpoch: day + Int.random(in: 0..<86_400, using: &random))),
    ]
    let command = random.pick(commands)
    tell("somebody asks for \(command)")
    return [command]
  }

  /// What crash points do.
  ///
  /// Guard of the unchecked conformance: called while the scheduler waits.
  private final class Hooks: @unchecked Sendable {
    private unowned let world: World
    private let node: Node
    private let coroutine: Coroutine

    init(_ world: World, _ node: Node, _ coroutine: Coroutine) {
      (self.world, self.node, self.coroutine) = (world, node, coroutine)
    }

    func reach(_ point: CrashPoint) throws {
      if point == .afterCheckpoint { world.noteSynced(node) }
      guard world.turn < World.faultTurns, node.pointsLeft != .max else { return }
      node.pointsLeft -= 1
      guard node.pointsLeft <= 0, world.deathsLeft > 0 else { return }
      world.deathsLeft -= 1
      world.tell("\(node.name) reaches \(point.rawValue)")
      try coroutine.die()
    }
  }

  // MARK: The disk

  private func files(of node: Node) -> [String] {
    let owned: [String] =
      switch node.name {
      case "producer": ["data/state/producer."]
      case "cleaner":
        [
          "topics/users.clean/", "topics/events.clean/", "topics/users.rejected/", "topics/events.rejected/",
          "topics/cleaner.",
        ]
      case "aggregator": ["topics/user.daily/", "topics/aggregator."]
      default: ["data/state/sink.", "data/processed/"]
      }
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    // files that are replaced as a whole are whole on the file systems in use, even where nobody syncs
    return all.filter { path in
      owned.contains { path.hasPrefix($0) } && !path.hasSuffix(".json") && !path.hasSuffix("lock")
    }
    .map { folder + "/" + $0 }.sorted()
  }

  private func size(_ path: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else { return nil }
    return attributes?[.size] as? Int
  }

  private func noteSynced(_ node: Node) {
    guard options.durability != .none, options.powerCuts > 0 else { return }
    for path in files(of: node) { node.synced[path] = size(path) ?? 0 }
  }

  /// The machine dies: files lose what was not synced, in part or as a whole.
  private func cutPower() {
    powerCutsLeft -= 1
    tell("the power is cut")
    for node in nodes {
      node.coroutine?.kill()
      if node.coroutine != nil { bury(node) }
      for path in files(of: node) {
        guard let size = size(path) else { continue }
        let safe = min(size, node.synced[path] ?? 0)
        let kept = Int.random(in: safe...size, using: &random)
        guard kept < size, let file = FileHandle(forWritingAtPath: path) else { continue }
        if random.chance(3) {
          // its length was written, its content was not
          try? file.seek(toOffset: UInt64(kept))
          file.write(Data(count: size - kept))
        } else {
          try? file.truncate(atOffset: UInt64(kept))
        }
        try? file.close()
      }
    }
    renewManifest()
    boot += 1
    // somebody starts the same job again, with all its stages
    for node in nodes {
      node.starts = 0
      node.hasFinished = false
    }
  }

  /// Has the manifest of the results changed last, as it was before: what a power cut takes away it takes without a trace
  /// in the times of a file.
  private func renewManifest() {
    let path = folder + "/data/processed/manifest.json"
    guard FileManager.default.fileExists(atPath: path) else { return }
    Thread.sleep(forTimeInterval: 0.01)  // beyond the grain of the times that the system notes
    try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
  }
}

/// The topology did not come to its end.
struct Stuck: Error, CustomStringConvertible {
  var story: [String]
  var description: String { "stuck\n" + story.joined(separator: "\n") }
}

/// A stage failed by itself.
struct Failed: Error, CustomStringConvertible {
  var stage: String
  var error: any Error
  var story: [String]
  var description: String { "\(stage) failed: \(error)\n" + story.joined(separator: "\n") }
}
