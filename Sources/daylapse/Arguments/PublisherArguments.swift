import ArgumentParser
import TopicStream

/// How a stage publishes.
struct PublisherArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "First of six ports: producer, cleaner and aggregator have two each. 0 takes free ones.", valueName: "port"))
  var basePort = 5550
  @OptionGroup var binding: BindArguments
  @OptionGroup var security: SecurityArguments
  @Option(
    help: ArgumentHelp(
      "Consumers that are waited for, at the start, while they are behind, and at the end; or none.",
      valueName: "names"))
  var members: String?
  @Option(
    help: ArgumentHelp(
      "Publishes nothing before a consumer of this name is here, and stays until it has everything, or has given no "
        + "sign for 60 s. Repeatable.",
      valueName: "name"))
  var waitFor: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long to stay for guests when everything is published. [default: 1, or 10 where one has missed messages]",
      valueName: "seconds"))
  var linger: Double?
  @OptionGroup var batch: BatchArguments
  /// The names of `run --wait-for`, whichever publisher they come to.
  @Option(help: .private) var serve: [String] = []
  /// Data and service endpoint that a stage had when `run` started it before.
  @Option(help: .private) var boundBefore: String?

  func validate() throws {
    guard basePort == 0 || (1...65_530).contains(basePort) else {
      throw ValidationError("--base-port is \(basePort), but must be 0 or from 1 to 65530")
    }
    try ConsumerNameArgument.check(waitFor)
    guard LingerArgument.isValid(linger) else {
      throw ValidationError("--linger is \(linger!), but must be from 0 to 86400 seconds")
    }
    try binding.check(hasKey: security.keys.curveKey != nil)
  }

  /// The endpoints of the publisher that is the `index`th in the topology.
  func endpoints(_ index: Int) throws -> Publisher.Endpoints {
    if let before = try boundBefore.map({ try Upstream($0) }) {
      return try binding.endpoints(at: before.data, before.service)
    }
    return try binding.endpoints(port: basePort == 0 ? nil : basePort + 2 * index)
  }

  /// - Parameter generation: What the members are known by, where `run` gave it to them.
  func options(
    defaultMembers: [String], isStartedAgain: Bool = false, generation: String? = nil
  ) throws -> Publisher.Options {
    var options = Publisher.Options()
    options.memberGeneration = generation
    options.isStartedAgain = isStartedAgain
    options.security = try security.keys.server()
    switch members {
    case nil: options.members = defaultMembers
    case "none", "": options.members = []
    case let names?: options.members = names.split(separator: ",").map(String.init)
    }
    options.waitFor = waitFor
    options.served = serve
    return options
  }

  /// Stays for guests, as asked for.
  func finish(_ publisher: Publisher) throws {
    try publisher.finish(
      lingerMilliseconds: Int((linger ?? LingerArgument.standard) * 1000), waitsForMissing: linger == nil)
  }
}

/// How messages are put into batches. No choice changes a result.
struct BatchArguments: ParsableArguments {
  @Option(
    parsing: .unconditional, help: ArgumentHelp("A batch ends before it gets larger than this.", valueName: "bytes"))
  var batchBytes = 65_536
  @Option(parsing: .unconditional, help: ArgumentHelp("A batch holds no more messages than this.", valueName: "count"))
  var batchMessages: Int?

  func validate() throws {
    guard (1...4_194_304).contains(batchBytes) else {
      throw ValidationError("--batch-bytes is \(batchBytes), but must be from 1 to 4194304")
    }
    if let batchMessages, batchMessages < 1 {
      throw ValidationError("--batch-messages is \(batchMessages), but must be at least 1")
    }
  }
}

enum ConsumerNameArgument {
  /// Refuses names to wait for that no consumer can ever say.
  static func check(_ names: [String]) throws {
    for name in names {
      guard let problem = ConsumerName.problem(with: name) else { continue }
      throw ValidationError("--wait-for \(problem): name a consumer as it names itself")
    }
  }
}

enum LingerArgument {
  /// In seconds, where nobody says.
  static let standard = 1.0

  static func isValid(_ seconds: Double?) -> Bool { (0...86_400).contains(seconds ?? standard) }
}
