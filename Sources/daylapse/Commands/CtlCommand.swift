import ArgumentParser
import OutputFiles
import Records
import Replay
import TopicStream
import ZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

struct CtlCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ctl",
    abstract: "Controls a running replay: pause, resume, speed, step, seek, status.",
    usage: "daylapse ctl <action> [<value>] [<options>]",
    discussion: """
        daylapse ctl pause
        daylapse ctl resume
        daylapse ctl speed 6h/s
        daylapse ctl step
        daylapse ctl step 1h
        daylapse ctl seek 2025-02-01T06:00
        daylapse ctl status --json

      Finds the replay of `daylapse run` by what lies in --data-dir, any other at --base-port or --producer. Whatever is done to a
      replay, the CSV files of its topology stay the same. A replay that waits for somebody does what was asked when it begins.
      """)

  enum Action: String, CaseIterable, ExpressibleByArgument {
    case pause, resume, toggle, speed, faster, slower, step, seek, status
  }

  @Argument(help: ArgumentHelp("What to do.", valueName: "action"))
  var action: Action
  @Argument(help: ArgumentHelp("A speed, a step (event, 1h, 1d), or a time.", valueName: "value"))
  var value: String?
  @Option(help: ArgumentHelp("Where the producer publishes. [default: found]", valueName: "endpoint"))
  var producer: String?
  @Option(help: ArgumentHelp("First of the topology's six ports. [default: found, or 5550]", valueName: "port"))
  var basePort: Int?
  @Option(help: ArgumentHelp("Folder of the run to control. [default: data]", valueName: "dir"), completion: .directory)
  var dataDir: String?
  @OptionGroup var security: SecurityArguments
  @Flag(help: "Prints the state as a JSON object.")
  var json = false

  func validate() throws {
    _ = try command()
    let places = [("--producer", producer != nil), ("--base-port", basePort != nil), ("--data-dir", dataDir != nil)]
    let given = places.filter(\.1).map(\.0)
    if given.count > 1 {
      throw ValidationError("\(given[0]) and \(given[1]) both say where the replay is: leave one out")
    }
    if let producer { _ = try Upstream(producer) }
    if let basePort, !(1...65_530).contains(basePort) {
      throw ValidationError("--base-port is \(basePort), but must be from 1 to 65530")
    }
    if let dataDir { try FolderArguments.check("--data-dir", dataDir) }
  }

  func run() throws {
    StopSignal.catchSignals()
    let service = try endpoint()
    let context = try Context()
    defer { context.terminate() }
    let client = try ServiceClient(context: context, service: service, security: try security.identity())
    client.onWait = { try StopSignal.check() }
    client.unreachableMilliseconds = CtlCommand.unreachableMilliseconds
    defer { client.close() }
    var answer = try ask(client, try command(), service)
    // what was asked for happens in the replay's next turn; while it waits for somebody that may take long
    let number = answer["number"]?.intValue ?? 0
    var turns = 0
    func isOpen() -> Bool {
      (answer["applied"]?.intValue ?? 0) < number && answer["state"] != "waiting" && answer["state"] != "ended"
    }
    while isOpen(), turns < CtlCommand.patienceTurns {
      turns += 1
      try client.pause(milliseconds: 10)
      do { answer = try request(client, .status) } catch let error as ServiceError where error.code == .noAnswer {
        // it took the command, and is gone
        answer = .object(CtlCommand.gone(answer))
      }
    }
    if json { return Terminal.write(answer) }
    let note =
      if isOpen() {
        " (not carried out yet)"
      } else if answer["state"] == "waiting", (answer["applied"]?.intValue ?? 0) < number {
        " (to be carried out when it begins)"
      } else { "" }
    Terminal.write(CtlCommand.line(answer) + note)
  }

  private static let patienceTurns = 300
  /// A producer that is there is connected with much sooner.
  private static let unreachableMilliseconds = 1000

  /// The last state of a replay that has gone since: it went to its end.
  private static func gone(_ answer: JSONValue) -> [JSONValue.Member] {
    guard case .object(let members) = answer else { return [] }
    return members.map { member in
      switch member.name {
      case "state": .init("state", "ended")
      case "clock": .init("clock", answer["end"] ?? member.value)
      default: member
      }
    }
  }

  private func command() throws -> ReplayCommand {
    var members: [JSONValue.Member] = [.init("command", .string(action.rawValue))]
    let what: String? =
      switch action {
      case .speed: "speed"
      case .step: "by"
      case .seek: "time"
      default: nil
      }
    if let value {
      guard let what else { throw ValidationError("\(action.rawValue) takes no value, but \"\(value)\" is given") }
      members.append(.init(what, .string(value)))
    } else if let what, action != .step {
      throw ValidationError("\(action.rawValue) needs a value: " + (what == "time" ? "seek 2025-02-01" : "speed 6h/s"))
    }
    do { return try ReplayCommand(.object(members)) } catch { throw ValidationError("\(error)") }
  }

  private func endpoint() throws -> String {
    if let producer { return try Upstream(producer).service }
    if let basePort { return try Upstream.publisher(0, given: nil, flag: "--producer", basePort: basePort).service }
    let path = (dataDir ?? "data") + "/state/endpoints.json"
    if try fileExists(path) {
      guard let service = try JSONValue(parsing: try readSmallFile(path))["producer"]?["service"]?.stringValue else {
        throw CommandError("\(path) does not say where the producer is: say so with --producer")
      }
      return service
    }
    guard dataDir == nil else {
      throw CommandError(
        "no run goes on in \(dataDir!): there is no \(path). Name another --data-dir, or a replay that was started by hand "
          + "with --base-port or --producer")
    }
    return try Upstream.publisher(0, given: nil, flag: "--producer", basePort: 5550).service
  }

  private func request(_ client: ServiceClient, _ command: ReplayCommand) throws -> JSONValue {
    try client.request("control", command.json, timeoutMilliseconds: 3000)
  }

  private func ask(_ client: ServiceClient, _ command: ReplayCommand, _ service: String) throws -> JSONValue {
    do { return try request(client, command) } catch let error as ServiceError {
      switch error.code {
      case .noAnswer:
        throw CommandError(
          "no replay answers at \(service): is one running? Name it with --producer, --base-port or --data-dir")
      case .unknownVerb: throw CommandError("\(service) is no producer: only a producer's replay can be controlled")
      default: throw CommandError(error.message)
      }
    }
  }

  /// `paused at 2025-02-03 00:00:00, 1d/s, day 34 of 120`.
  private static func line(_ status: JSONValue) -> String {
    func text(_ name: String) -> String? { status[name]?.stringValue }
    func time(_ name: String) -> EventTime? { text(name).flatMap { EventTime($0) } }
    var parts = [text("state")?.replacing("_", with: " ") ?? "?"]
    if let clock = time("clock") { parts[0] += " at " + clock.description.replacing("T", with: " ") }
    if let speed = text("speed") {
      var words = speed
      if let factor = status["achieved"]?.doubleValue, let asked = try? ReplaySpeed(speed) {
        words += " (achieved \(SpeedText.achieved(factor, asked: asked)))"
      }
      parts.append(words)
    }
    if let clock = time("clock"), let start = time("start"), let end = time("end"), end > start {
      let (done, all) = (
        clock.secondsSinceEpoch - start.secondsSinceEpoch, end.secondsSinceEpoch - start.secondsSinceEpoch
      )
      parts.append(Figures.percent(done, of: all))
    }
    if let epoch = status["epoch"]?.intValue, epoch > 0 { parts.append("epoch \(epoch)") }
    return parts.joined(separator: ", ")
  }
}
