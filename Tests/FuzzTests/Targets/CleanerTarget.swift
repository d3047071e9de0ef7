import Records
import TestSupport

@testable import Cleaner

extension FuzzTarget {
  /// Raw events, a line each: the cleaner's straight road gives what its general one gives, and its books balance.
  static let cleaner = FuzzTarget(
    "cleaner", seeds: [eventLines.joined(separator: "\n"), eventLines.joined(separator: "\n").uppercased()],
    words: eventWords + ["\"NA\"", "\" NULL \"", "\"1.0\"", "\" 7 \""], rounds: 500
  ) { input in
    let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false).prefix(20).map(Array.init)
    var options = CleanerStep.Options()
    let straight = try clean(lines, options)
    options.takesGeneralRoadOnly = true
    let general = try clean(lines, options)
    try demand(straight.outputs == general.outputs, "both roads give the same messages")
    try demand(straight.counts == general.counts, "both roads keep the same books")
    let told = straight.counts.filter { $0.hasPrefix("events_clean ") || $0.hasPrefix("events_rejected.") }
    let sum = told.compactMap { Int($0.split(separator: " ")[1]) }.reduce(0, +)
    try demand(sum == lines.count, "every event is clean or rejected: \(straight.counts)")
    for line in straight.outputs.joined(separator: [0x0A]).split(separator: 0x0A) {
      try demand((try? JSONValue(parsing: Array(line))) != nil, "messages are JSON")
    }
    let clean = straight.outputs[1].split(separator: 0x0A)
    for line in clean {
      try GuardedBytes.use(line + [0x0A]) { bytes in
        var scanner = EventScanner()
        let start = ByteSpan(bytes)!.start
        let next = scanner.scanAny(start, start + bytes.count, scratch: ByteBuffer())
        try demand(next == start + bytes.count, "clean events are clean events")
      }
    }
  }
}

private func clean(
  _ lines: [[UInt8]], _ options: CleanerStep.Options
) throws -> (outputs: [[UInt8]], counts: [String]) {
  let step = CleanerStep(options: options)
  let outputs = RecordedOutputs(step.outputs)
  let users = [2, 10, 32].map { #"{"user_id":\#($0),"signup_date":"2024-12-01","plan":"free"}"# }
  try step.give(users, to: 0, into: outputs)
  try step.give(lines, to: 1, into: outputs)
  try outputs.flush()
  return (step.outputs.indices.map { outputs.bytes($0) }, step.counts.map { "\($0.name) \($0.value)" })
}
