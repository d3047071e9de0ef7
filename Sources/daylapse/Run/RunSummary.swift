import OutputFiles
import RawData
import Records
import Replay

/// How the days came in.
struct RawSummary {
  /// `generated`, `imported from DIR`.
  var origin: String
  var files: [(path: String, bytes: Int)]
  var warnings: [String]
  var isGenerated = false

  init(origin: String, files: [(path: String, bytes: Int)], warnings: [String]) {
    self.origin = origin
    self.files = files
    self.warnings = warnings
  }

  init(_ result: GenerateJob.Result) {
    origin = "generated"
    files = result.files.map { ($0.path, $0.bytes) }
    warnings = RawFolder.warnings(result)
    isGenerated = true
  }

  init(_ result: ImportJob.Result, from directory: String) {
    origin = "imported from \(directory)"
    files = []
    warnings = RawFolder.warnings(result)
  }
}

/// What a run has done, in figures that must agree with each other.
struct RunSummary {
  let raw: RawSummary
  let broughtInSeconds: Double
  let replaySeconds: Double
  let speed: ReplaySpeed
  let producer: StageReport
  let cleaner: StageReport
  let aggregator: StageReport
  let sink: StageReport

  init(
    raw: RawSummary, reports: [String: StageReport?], broughtInSeconds: Double, replaySeconds: Double,
    speed: ReplaySpeed
  ) {
    self.raw = raw
    self.broughtInSeconds = broughtInSeconds
    self.replaySeconds = replaySeconds
    self.speed = speed
    func report(_ name: String) -> StageReport { (reports[name] ?? nil) ?? StageReport() }
    producer = report("producer")
    cleaner = report("cleaner")
    aggregator = report("aggregator")
    sink = report("sink")
  }

  var stages: [(name: String, report: StageReport)] {
    [("producer", producer), ("cleaner", cleaner), ("aggregator", aggregator), ("sink", sink)]
  }

  /// Events that this run has replayed, in the time in which it did; an earlier run's and pauses do not count.
  var eventsPerSecond: Double {
    let events = max(0, cleaner.count("events_in") - producer.earlierCount)
    return runningSeconds > 0 ? Double(events) / runningSeconds : 0
  }

  /// How long the replay took without the time in which it was paused.
  private var runningSeconds: Double { max(0, replaySeconds - producer.pausedSeconds) }

  /// Whether the days went by at the speed that was asked for: they were not stepped, passed over, or replayed at another
  /// speed meanwhile.
  private var hadItsSpeed: Bool {
    guard case .factor(let factor) = speed else { return producer.pace == nil }
    guard let mean = producer.pace?.askedFactor else { return false }
    return abs(mean / factor - 1) < 0.02 && (producer.pace?.runShare ?? 0) > 0.5
  }

  /// `replayed at max in 0.56 s: 858,656 events/s`.
  private var replayText: String {
    var text = "replayed " + (hadItsSpeed ? "at \(speed) " : "") + "in \(Figures.duration(runningSeconds))"
    if !hadItsSpeed { text += " (\(speed) was asked for; days were stepped or passed over, or the speed was changed)" }
    if producer.pausedSeconds >= RunSummary.shownPauseSeconds {
      text += ", not counting \(Figures.duration(producer.pausedSeconds)) of pause"
    }
    return text + ": \(Figures.grouped(Int(eventsPerSecond))) events/s"
  }

  /// Shorter pauses are not worth a word.
  private static let shownPauseSeconds = 0.1

  var refetchedBatches: Int { stages.reduce(0) { $0 + $1.report.fetchedBatches } }

  var lines: [String] {
    var lines: [String] = []
    lines.append("topic                 messages       bytes")
    for written in producer.written + cleaner.written + aggregator.written {
      lines.append(
        "\(written.name.padded(to: 16)) \(Figures.grouped(written.count).aligned(to: 13)) "
          + "\(Figures.bytes(written.bytes).aligned(to: 11))")
    }
    lines.append("")
    lines.append(balance("user"))
    lines.append(balance("event"))
    let repaired = cleaner.counts.filter { $0.name.hasPrefix("repaired.") }
    if !repaired.isEmpty {
      let list = repaired.map { "\($0.name.dropFirst("repaired.".count)) \(Figures.grouped($0.value))" }
      lines.append("repaired fields: " + list.joined(separator: ", "))
    }
    let days = aggregator.count("days")
    let users = aggregator.count("users")
    let rows = sink.count("user_days")
    let dates = sink.dates.map { ", \($0.first) to \($0.last)" } ?? ""
    lines.append(
      Figures.userDays(users: users, days: days, rows: rows)
        + ", \(Figures.percent(sink.count("active_user_days"), of: rows)) active\(dates)")
    lines.append("")
    lines.append("\(raw.origin) in \(Figures.duration(broughtInSeconds)), \(replayText)")
    if let pace = producer.pace {
      lines.append(
        "the clock ran \(Figures.duration(pace.wallSeconds)); events left \(Figures.decimal(pace.p50, 1)) ms late "
          + "(p99 \(Figures.decimal(pace.p99, 1)) ms, most \(Figures.decimal(pace.max, 1)) ms)")
      if let shortfall = pace.shortfall { lines.append(shortfall.description) }
    }
    lines.append(
      "peak memory: "
        + stages.map { "\($0.name) \(Figures.bytes($0.report.peakMemoryBytes))" }.joined(separator: ", "))
    if refetchedBatches > 0 {
      lines.append(
        "\(Figures.count(refetchedBatches, "batch", "batches")) \(refetchedBatches == 1 ? "was" : "were") fetched again"
      )
    }
    lines.append("")
    for file in raw.files { lines.append("\(file.path.padded(to: 40)) \(Figures.bytes(file.bytes).aligned(to: 10))") }
    for file in sink.written {
      lines.append(
        "\(file.name.padded(to: 40)) \(Figures.bytes(file.bytes).aligned(to: 10)) "
          + "\(Figures.grouped(file.count).aligned(to: 12)) \(file.count == 1 ? "row" : "rows")")
    }
    return lines
  }

  /// `480,536 events in = 480,536 clean + 0 duplicates + 0 rejected`, rejections by reason.
  private func balance(_ what: String) -> String {
    let key = what + "s"
    let prefix = "\(key)_rejected."
    let rejections = cleaner.counts.filter { $0.name.hasPrefix(prefix) }
    let duplicates = cleaner.count(prefix + "duplicate")
    let others = rejections.filter { !$0.name.hasSuffix(".duplicate") }
    let rejected = others.reduce(0) { $0 + $1.value }
    var text =
      "\(Figures.count(cleaner.count("\(key)_in"), what)) in = \(Figures.grouped(cleaner.count("\(key)_clean"))) clean"
      + " + \(Figures.count(duplicates, "duplicate")) + \(Figures.grouped(rejected)) rejected"
    if !others.isEmpty {
      text +=
        " ("
        + others.map { "\($0.name.dropFirst(prefix.count)) \(Figures.grouped($0.value))" }.joined(separator: ", ") + ")"
    }
    return text
  }

  /// What does not agree, if anything.
  var imbalance: String? {
    for key in ["users", "events"] {
      let rejected = cleaner.counts.filter { $0.name.hasPrefix("\(key)_rejected.") }.reduce(0) { $0 + $1.value }
      let parts = cleaner.count("\(key)_clean") + rejected
      if cleaner.count("\(key)_in") != parts {
        return "\(cleaner.count("\(key)_in")) \(key) in, \(parts) accounted for"
      }
      if written("\(key).raw", in: producer) != cleaner.count("\(key)_in") {
        return "\(written("\(key).raw", in: producer)) \(key) published, \(cleaner.count("\(key)_in")) cleaned"
      }
      if written("\(key).clean", in: cleaner) != sink.count(key) {
        return "\(written("\(key).clean", in: cleaner)) clean \(key), \(sink.count(key)) in the file"
      }
      if written("\(key).rejected", in: cleaner) != rejected {
        return "\(rejected) \(key) rejected, \(written("\(key).rejected", in: cleaner)) in \(key).rejected"
      }
    }
    let rows = aggregator.count("users") * aggregator.count("days")
    return rows == sink.count("user_days")
      ? nil : "\(rows) user-days in the grid, \(sink.count("user_days")) in the file"
  }

  private func written(_ topic: String, in report: StageReport) -> Int {
    report.written.first { $0.name == topic }?.count ?? 0
  }
}
