import ArgumentParser
import TopicStream

/// How a stage publishes.
struct PublisherArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "First of six ports: producer, cleaner and aggregator have two each. 0 takes free ones.", valueName: "port"))
  var basePort = 5550
  @Option(help: ArgumentHelp("Address to bind.", valueName: "host"))
  var host = "127.0.0.1"
  @Flag(help: "Binds beyond loopback without encryption, as in a private container network.")
  var allowPlaintext = false
  @Option(
    help: ArgumentHelp(
      "Further endpoint to bind, such as ipc:///tmp/cleaner; the service socket is beside it.", valueName: "endpoint"))
  var bind: [String] = []
  @Option(
    help: ArgumentHelp(
      "Consumers that are waited for, at the start, while they are behind, and at the end; or none.",
      valueName: "names"))
  var members: String?
  @Option(
    help: ArgumentHelp("Publishes nothing before a consumer of this name is here. Repeatable.", valueName: "name"))
  var waitFor: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long to stay for guests when everything is published.", valueName: "seconds"))
  var linger = 1.0
  @OptionGroup var batch: BatchArguments
  /// Data and service endpoint that a stage had when `run` started it before.
  @Option(help: .private) var boundBefore: String?

  func validate() throws {
    guard basePort == 0 || (1...65_530).contains(basePort) else {
      throw ValidationError("--base-port is \(basePort), but must be 0 or from 1 to 65530")
    }
    if waitFor.contains("") { throw ValidationError("--wait-for is empty: name a consumer") }
    guard linger >= 0, linger <= 86_400 else {
      throw ValidationError("--linger is \(linger), but must be from 0 to 86400 seconds")
    }
    let isLoopback = host == "localhost" || host == "::1" || host.hasPrefix("127.")
    guard isLoopback || allowPlaintext else {
      throw ValidationError(
        "--host \(host) can be reached from other machines, and nothing is encrypted: "
          + "keep to 127.0.0.1, or add --allow-plaintext in a network you trust")
    }
  }

  /// The endpoints of the publisher that is the `index`th in the topology.
  func endpoints(_ index: Int) throws -> Publisher.Endpoints {
    let extra = try bind.map { try Upstream($0) }
    func tcp(_ offset: Int) -> String {
      let address = host.contains(":") ? "[\(host)]" : host
      return basePort == 0 ? "tcp://\(address):*" : "tcp://\(address):\(basePort + 2 * index + offset)"
    }
    if let before = try boundBefore.map({ try Upstream($0) }) {
      return Publisher.Endpoints(
        data: extra.map(\.data) + [before.data], service: extra.map(\.service) + [before.service])
    }
    return Publisher.Endpoints(
      data: extra.map(\.data) + [tcp(0)], service: extra.map(\.service) + [tcp(1)])
  }

  func options(defaultMembers: [String]) -> Publisher.Options {
    var options = Publisher.Options()
    switch members {
    case nil: options.members = defaultMembers
    case "none", "": options.members = []
    case let names?: options.members = names.split(separator: ",").map(String.init)
    }
    options.waitFor = waitFor
    return options
  }

  var lingerMilliseconds: Int { Int(linger * 1000) }
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
