import Records
import TopicStream
import ZeroMQ

/// Counts events by type while they are replayed, and misses none: `CountEvents [NAME DATA SERVICE]`.
@main
struct CountEvents {
  static func main() throws {
    let given = Array(CommandLine.arguments.dropFirst())
    let options = Consumer.Options(
      data: given.count > 1 ? given[1] : "tcp://127.0.0.1:5552",
      service: given.count > 2 ? given[2] : "tcp://127.0.0.1:5553",
      topics: ["events.clean"], name: given.first ?? "counter")
    let consumer = try Consumer(context: Context(), options: options)
    defer { consumer.close() }

    var counts: [String: Int] = [:]
    while !consumer.hasEnded {
      guard let batch = try consumer.receive() else { continue }
      try batch.lines.forEachLine { line in
        let event = try JSONValue(parsing: line)
        counts[event["event_type"]?.stringValue ?? "?", default: 0] += 1
      }
    }
    for (type, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) { print(type, count) }
  }
}
