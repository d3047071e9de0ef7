import Records
import TopicLog
import TopicStream
import ZeroMQ

/// Runs ``ActiveUsersStep`` as a process between a cleaner and whoever subscribes to `active.daily`.
///
/// `ActiveUsers [CLEANER_DATA CLEANER_SERVICE [TOPICS_DIR [DATA SERVICE]]]`
@main
struct ActiveUsers {
  static func main() throws {
    let defaults = [
      "tcp://127.0.0.1:5552", "tcp://127.0.0.1:5553", "topics", "tcp://127.0.0.1:5560", "tcp://127.0.0.1:5561",
    ]
    let given = Array(CommandLine.arguments.dropFirst())
    let options = given + defaults.dropFirst(given.count)

    let context = try Context()
    defer { context.terminate() }
    let step = ActiveUsersStep()
    let publisher = try Publisher(
      context: context, name: "active-users", endpoints: .init(data: [options[3]], service: [options[4]]))
    defer { publisher.close() }
    var upstream = Consumer.Options(
      data: options[0], service: options[1], topics: step.inputs, name: "active-users", role: .member)
    upstream.startsHeld = true
    let consumer = try Consumer(context: context, options: upstream)
    defer { consumer.close() }

    // What comes out belongs to the run that comes in: before that is known there is nothing to write to.
    var runs = try consumer.knownRuns()
    while runs == nil {
      try publisher.wait(milliseconds: 5)
      runs = try consumer.knownRuns()
    }
    let run = StableDigest.hexadecimal(runs! + ["active users 1"])
    let directory = options[2] + "/" + step.outputs[0]
    let writer = try TopicWriter(
      directory: directory, identity: .init(name: step.outputs[0], run: run, digest: "active users 1"),
      options: .init(), mode: .create, timeOf: { _ in nil })
    let log = try LogOutput(
      writer: writer, reader: TopicReader(directory: directory, timeOf: { _ in nil }), publisher: publisher,
      schema: ["type": "object", "required": ["as_of_date", "active_users"]])
    defer { try? log.close() }

    try consumer.start()
    let runner = StageRunner(
      step: step, sources: [.init(consumer: consumer, inputs: [0])], logs: [log], publisher: publisher)
    try runner.run()
    try runner.acknowledgeDone()
    try publisher.finish(lingerMilliseconds: 1000)
    for count in step.counts { print(count.name, count.value) }
  }
}
