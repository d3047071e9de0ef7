import Records
import Replay

extension RunSummary {
  /// The figures of the summary for programs. Members are added in time; those that are there keep their names.
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("origin", .string(raw.origin)),
      .init("speed", .string(speed.description)),
      .init(
        "topics",
        .array(
          (producer.written + cleaner.written + aggregator.written).map {
            ["name": .string($0.name), "messages": .int($0.count), "bytes": .int($0.bytes)]
          })),
      .init("users", books("users")),
      .init("events", books("events")),
      .init("repaired", counts(of: "repaired.")),
      .init("user_days", userDays),
      .init("bring_in_seconds", .double(broughtInSeconds)),
      .init("replay_seconds", .double(replaySeconds)),
      .init("paused_seconds", .double(producer.pausedSeconds)),
      .init("events_per_second", .double(eventsPerSecond)),
    ]
    if let pace = producer.pace {
      members.append(
        .init(
          "clock",
          .object(
            [
              .init("wall_seconds", .double(pace.wallSeconds)), .init("lateness_p50_ms", .double(pace.p50)),
              .init("lateness_p99_ms", .double(pace.p99)), .init("lateness_max_ms", .double(pace.max)),
            ] + (pace.shortfall.map { [.init("shortfall", $0.json)] } ?? []))))
    }
    members += [
      .init("peak_memory_bytes", .object(stages.map { .init($0.name, .int($0.report.peakMemoryBytes)) })),
      .init("refetched_batches", .int(refetchedBatches)),
      .init(
        "files",
        .array(
          raw.files.map { ["path": .string($0.path), "bytes": .int($0.bytes)] }
            + sink.written.map { ["path": .string($0.name), "bytes": .int($0.bytes), "rows": .int($0.count)] })),
    ]
    return .object(members)
  }

  /// What came in of users or events, and what became of it.
  private func books(_ key: String) -> JSONValue {
    let prefix = "\(key)_rejected."
    let reasons = cleaner.counts.filter { $0.name.hasPrefix(prefix) && !$0.name.hasSuffix(".duplicate") }
    return [
      "in": .int(cleaner.count("\(key)_in")), "clean": .int(cleaner.count("\(key)_clean")),
      "duplicates": .int(cleaner.count(prefix + "duplicate")),
      "rejected": .int(reasons.reduce(0) { $0 + $1.value }),
      "rejected_by_reason": .object(reasons.map { .init(String($0.name.dropFirst(prefix.count)), .int($0.value)) }),
    ]
  }

  private func counts(of prefix: String) -> JSONValue {
    .object(
      cleaner.counts.filter { $0.name.hasPrefix(prefix) }.map {
        .init(String($0.name.dropFirst(prefix.count)), .int($0.value))
      })
  }

  private var userDays: JSONValue {
    var members: [JSONValue.Member] = [
      .init("users", .int(aggregator.count("users"))), .init("days", .int(aggregator.count("days"))),
      .init("rows", .int(sink.count("user_days"))), .init("active", .int(sink.count("active_user_days"))),
    ]
    if let dates = sink.dates {
      members += [.init("first_date", .string(dates.first)), .init("last_date", .string(dates.last))]
    }
    return .object(members)
  }
}
