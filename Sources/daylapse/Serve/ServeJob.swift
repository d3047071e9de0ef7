import Records
import TopicLog
import TopicStream
import ZeroMQ

/// Publishes topics that nobody writes any more: each has ended, and consumers fetch what they want of it.
struct ServeJob {
  let command: ServeCommand
  let context: Context
  private let line: ProgressLine

  init(command: ServeCommand, context: Context) {
    self.command = command
    self.context = context
    line = ProgressLine(isQuiet: command.quiet)
  }

  /// Serves until the process is asked to end.
  ///
  /// - Throws: ``Interrupted`` then; ``CommandError`` where a topic is not there, or being written.
  func perform() throws -> Never {
    let topics = try open()
    var options = Publisher.Options()
    options.security = try command.keys.server()
    let publisher = try Publisher(
      context: context, name: "serve",
      endpoints: try command.binding.endpoints(port: command.basePort == 0 ? nil : command.basePort), options: options)
    defer { publisher.close() }
    publisher.onEvent = { [line] event in line.say("serve: \(event)") }
    for topic in topics {
      let number = try publisher.declare(
        topic.name, run: topic.run, log: topic.reader, schema: TopicCatalogue.schema(of: topic.name).json,
        next: topic.reader.nextOffset, watermark: try topic.reader.watermark, timeField: topic.times.shownField)
      try publisher.end(number)
      let count = Figures.grouped(topic.reader.nextOffset).aligned(to: 12)
      line.say(
        "\(topic.name.padded(to: 20)) \(count) messages\(topic.reader.isSealed ? "" : ", all of an interrupted run")")
    }
    let places = zip(publisher.endpoints.data, publisher.endpoints.service).map { data, service in
      (try? Upstream(data))?.service == service ? data : "\(data),\(service)"
    }
    line.say("serve: publishes on \(places.joined(separator: " and on ")), until Ctrl-C")
    while true {
      try StopSignal.check()
      try publisher.wait(milliseconds: 100)
    }
  }

  private struct Served {
    var name: String
    var run: String
    var reader: TopicReader
    var times: TopicTimes
  }

  private func open() throws -> [Served] {
    let folder = TopicFolder(path: command.topicsDir)
    let names = try folder.require(command.topics)
    return try names.map { name in
      let times = try folder.times(of: name)
      if let guess = times.guess { line.say("serve: \(guess)") }
      let reader = try folder.reader(name, times: times)
      if !reader.isSealed, let holder = try TopicWriter.holder(directory: folder.directory(of: name)) {
        throw CommandError(
          "\(folder.directory(of: name)) is being written by \(holder): attach to its publisher, or wait until it is done"
        )
      }
      guard reader.firstOffset == 0 else {
        throw CommandError(
          "\(folder.directory(of: name)) begins at offset \(reader.firstOffset): its first message files are missing")
      }
      let run = try SourceRun.of(reader.identity, directory: reader.path)
      return Served(name: name, run: run, reader: reader, times: times)
    }
  }
}
