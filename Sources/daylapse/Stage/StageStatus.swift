import Records

/// What a stage tells whoever runs it, as one JSON object a line.
enum StageStatus: Equatable {
  /// Its sockets are bound.
  case ready(data: [String], service: [String])
  /// Where it is.
  case progress(StageProgress)
  /// A consumer joined or gave its name.
  case arrived(String)
  /// Something people should read.
  case notice(String)
  /// Its books, when it is done.
  case finished(StageReport)

  init?(_ line: UnsafeRawBufferPointer) {
    guard let json = try? JSONValue(parsing: line), let kind = json["status"]?.stringValue else { return nil }
    func texts(_ name: String) -> [String] { json[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    switch kind {
    case "ready": self = .ready(data: texts("data"), service: texts("service"))
    case "progress": self = .progress(StageProgress(json))
    case "arrived": self = .arrived(json["name"]?.stringValue ?? "")
    case "notice": self = .notice(json["text"]?.stringValue ?? "")
    case "finished": self = .finished(StageReport(json))
    default: return nil
    }
  }

  var json: JSONValue {
    func object(_ kind: String, _ members: [JSONValue.Member]) -> JSONValue {
      .object([.init("status", .string(kind))] + members)
    }
    switch self {
    case .ready(let data, let service):
      return object(
        "ready",
        [
          .init("data", .array(data.map { .string($0) })), .init("service", .array(service.map { .string($0) })),
        ])
    case .progress(let progress): return object("progress", progress.members)
    case .arrived(let name): return object("arrived", [.init("name", .string(name))])
    case .notice(let text): return object("notice", [.init("text", .string(text))])
    case .finished(let report): return object("finished", report.members)
    }
  }
}

/// The books of a stage that is done.
struct StageReport: Equatable {
  /// Counts by name, in order.
  var counts: [StepCount] = []
  /// What it wrote: topics, or files.
  var written: [Written] = []
  var fetchedBatches = 0
  var peakMemoryBytes = 0
  /// Simulated and wall seconds, and lateness percentiles in milliseconds, of a paced replay.
  var pace: Pace?
  var dates: (first: String, last: String)?
  var run = ""
  /// How long a replay was paused, in seconds of wall time.
  var pausedSeconds = 0.0
  /// How many messages with times an earlier process had published before this replay went on.
  var earlierCount = 0

  struct Written: Equatable {
    var name: String
    var count: Int
    var bytes: Int
  }

  struct Pace: Equatable {
    var wallSeconds: Double
    var p50: Double
    var p99: Double
    var max: Double
    /// Where the machine did not keep up.
    var shortfall: Shortfall?
    /// The mean speed that was asked for while the clock ran, in simulated seconds per second; `nil` when part of it was
    /// full speed.
    var askedFactor: Double?
    /// Which part of the replayed time went by while the clock ran: the rest was stepped or passed over.
    var runShare: Double?
  }

  func count(_ name: String) -> Int { counts.first { $0.name == name }?.value ?? 0 }

  static func == (left: StageReport, right: StageReport) -> Bool { left.members == right.members }
}

extension StageReport {
  init(_ json: JSONValue) {
    if case .object(let members) = json["counts"] {
      counts = members.map { StepCount($0.name, $0.value.intValue ?? 0) }
    }
    written = (json["written"]?.arrayValue ?? []).map {
      Written(
        name: $0["name"]?.stringValue ?? "", count: $0["count"]?.intValue ?? 0, bytes: $0["bytes"]?.intValue ?? 0)
    }
    fetchedBatches = json["fetched_batches"]?.intValue ?? 0
    peakMemoryBytes = json["peak_memory"]?.intValue ?? 0
    if let pace = json["pace"] {
      self.pace = Pace(
        wallSeconds: pace["wall_seconds"]?.doubleValue ?? 0, p50: pace["p50_ms"]?.doubleValue ?? 0,
        p99: pace["p99_ms"]?.doubleValue ?? 0, max: pace["max_ms"]?.doubleValue ?? 0,
        shortfall: pace["shortfall"].map { Shortfall($0) }, askedFactor: pace["asked"]?.doubleValue,
        runShare: pace["run_share"]?.doubleValue)
    }
    if let first = json["first_date"]?.stringValue, let last = json["last_date"]?.stringValue { dates = (first, last) }
    run = json["run"]?.stringValue ?? ""
    pausedSeconds = json["paused_seconds"]?.doubleValue ?? 0
    earlierCount = json["earlier"]?.intValue ?? 0
  }

  var members: [JSONValue.Member] {
    var members: [JSONValue.Member] = [
      .init("run", .string(run)),
      .init("counts", .object(counts.map { .init($0.name, .int($0.value)) })),
      .init(
        "written",
        .array(
          written.map {
            .object([.init("name", .string($0.name)), .init("count", .int($0.count)), .init("bytes", .int($0.bytes))])
          })),
      .init("fetched_batches", .int(fetchedBatches)), .init("peak_memory", .int(peakMemoryBytes)),
    ]
    if let pace {
      members.append(
        .init(
          "pace",
          .object(
            [
              .init("wall_seconds", .double(pace.wallSeconds)), .init("p50_ms", .double(pace.p50)),
              .init("p99_ms", .double(pace.p99)), .init("max_ms", .double(pace.max)),
            ] + (pace.shortfall.map { [.init("shortfall", $0.json)] } ?? [])
              + (pace.askedFactor.map { [.init("asked", .double($0))] } ?? [])
              + (pace.runShare.map { [.init("run_share", .double($0))] } ?? []))))
    }
    if pausedSeconds > 0 { members.append(.init("paused_seconds", .double(pausedSeconds))) }
    if earlierCount > 0 { members.append(.init("earlier", .int(earlierCount))) }
    if let dates {
      members.append(.init("first_date", .string(dates.first)))
      members.append(.init("last_date", .string(dates.last)))
    }
    return members
  }
}
