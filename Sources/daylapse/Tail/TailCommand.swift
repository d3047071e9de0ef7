import ArgumentParser
import Records
import TopicView

struct TailCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail",
    abstract: "Shows the messages of topics as they are published, or as files have them.",
    discussion: #"""
      From now on, until the topic ends:

        daylapse tail events.clean

      Payments of one day, as a table, from the message files:

        daylapse tail events.clean --files --where 'amount>0' --output table \
          --from 2025-01-02 --until 2025-01-03

      Columns of one's own, the offset in front:

        daylapse tail events.clean --format '{@offset:>8} {user_id:>6} {event_type}'
      """#)

  @Argument(help: "The topics.", completion: .topics)
  var topics: [String]
  @OptionGroup var attach: AttachArguments
  @Flag(help: "Reads message files in --topics-dir instead of asking a publisher.")
  var files = false
  @Option(help: ArgumentHelp("Folder of the topics, each a folder of message files.", valueName: "dir"))
  var topicsDir = "topics"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where to begin: beginning, now, an offset, -N for the last N, or a time such as 2025-02-01T06:00. "
        + "[default: now, where there is something to follow, else beginning]", valueName: "position"))
  var from: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Where to stop: before an offset, or before event time comes so far.", valueName: "position"))
  var until: String?
  @Option(name: [.customShort("n"), .long], parsing: .unconditional, help: "Stops after so many messages.")
  var count: Int?
  @Flag(
    name: [.customShort("f"), .customLong("follow")], inversion: .prefixedNo,
    help:
      "Waits for more until the topics end, or stops at what is there at present. [default: waits while somebody writes]"
  )
  var followOption: Bool?
  @OptionGroup var times: TimeFieldArguments
  @OptionGroup var selection: SelectionArguments
  @OptionGroup var output: TailOutputArguments
  @Flag(help: "Tells nothing of jumps, new runs and publishers that are waited for.")
  var quiet = false

  mutating func validate() throws {
    let named = try NamedTopics(topics, in: topicsDir)
    (topics, topicsDir) = (named.names, named.folder)
    try FolderArguments.check("--topics-dir", topicsDir)
    if topics.isEmpty { throw ValidationError("Which topic? For example: daylapse tail events.clean") }
    if files {
      if attach.publisher != nil { throw ValidationError("--files reads no publisher: leave --publisher out") }
      try times.check(topics: topics)
    } else {
      try attach.check(topics: topics)
      if times.given != nil {
        throw ValidationError(
          "--time-field and --time-unit are for message files: add --files (publishers say it themselves)")
      }
    }
    try checkTimes()
    if let count, count < 0 { throw ValidationError("--count is \(count), but must be at least 0") }
  }

  var follow: Bool { followOption ?? true }

  /// Refuses times where no message has one.
  private func checkTimes() throws {
    let flag: String
    switch (try start, try end) {
    case (.time, _): flag = "--from"
    case (_, .time): flag = "--until"
    default: return
    }
    for topic in topics {
      let schema = TopicCatalogue.schema(of: topic)
      guard !schema.fields.isEmpty, !schema.hasEventTime else { continue }
      throw ValidationError("\(flag) is a time, but messages of \(topic) have none: give an offset")
    }
  }

  /// Where to begin, if that was said.
  var start: StartPosition? {
    get throws { try StartPosition.argument(from) }
  }

  /// Where to stop, if that was said.
  var end: EndPosition? {
    get throws {
      guard let until else { return nil }
      guard let end = EndPosition(until) else {
        throw ValidationError("--until is \"\(until)\": give an offset, or a time such as 2025-02-01T06:00")
      }
      return end
    }
  }

  func run() throws {
    StopSignal.catchSignals()
    let output = StandardOutput()
    do {
      try TailJob(command: self, output: output).perform()
    } catch is ReaderGone {
      return
    } catch is Interrupted {
      // a reader who presses Ctrl-C has seen enough and need not be told
      Terminal.exit(130)
    }
  }
}

extension StartPosition {
  /// Reads `--from`.
  static func argument(_ text: String?) throws -> StartPosition? {
    guard let text else { return nil }
    guard let start = StartPosition(text) else {
      throw ValidationError(
        "--from is \"\(text)\": give beginning, now, an offset, -N for the last N, or a time such as 2025-02-01T06:00")
    }
    return start
  }
}

/// Which messages are shown.
struct SelectionArguments: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Only messages of this user. Repeatable: any of them.", valueName: "id")
  )
  var user: [String] = []
  @Option(help: ArgumentHelp("Only events of this type. Repeatable: any of them.", valueName: "type"))
  var type: [String] = []
  @Option(
    name: .customLong("where"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Only messages with such a field: plan=paid, event_type!=login, 'amount>=500', 'event_time<2025-02-01'. "
        + "Repeatable: all of them.", valueName: "condition"))
  var conditions: [String] = []

  func validate() throws { _ = try filter }

  var filter: MessageFilter {
    get throws {
      let conditions = try conditions.map { text in
        do { return try FieldCondition(text) } catch { throw ValidationError("--where \(error)") }
      }
      return MessageFilter(users: user, types: type, conditions: conditions)
    }
  }
}

/// How messages are shown.
struct TailOutputArguments: ParsableArguments {
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    case json, table
  }

  @Option(help: "json shows messages as they are, table as rows that fit the screen.")
  var output: Kind?
  @Option(
    help: ArgumentHelp(
      "Shows messages by this pattern: {field}, {@offset}, {user_id:>6}, \\t; see docs/consuming.md.",
      valueName: "pattern"))
  var format: String?

  func validate() throws {
    if output != nil, format != nil { throw ValidationError("--output and --format exclude each other: leave one out") }
    if let format {
      do { _ = try LineFormat(format) } catch { throw ValidationError("--format \(error)") }
    }
  }
}
