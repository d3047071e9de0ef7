import ArgumentParser
import TopicStream

/// Where a publisher can be reached.
struct BindArguments: ParsableArguments {
  @Option(help: ArgumentHelp("Address to bind.", valueName: "host"))
  var host = "127.0.0.1"
  @Flag(help: "Binds beyond loopback without encryption, as in a private container network.")
  var allowPlaintext = false
  @Option(
    help: ArgumentHelp(
      "Further endpoint to bind, such as ipc:///tmp/cleaner; the service socket is beside it.", valueName: "endpoint"))
  var bind: [String] = []

  /// Refuses to be reached by other machines without encryption, unless that is wanted.
  ///
  /// - Parameter hasKey: Whether everything is encrypted.
  func check(hasKey: Bool) throws {
    guard !hasKey, !allowPlaintext, let exposed = try exposedOption else { return }
    throw ValidationError(
      "\(exposed) can be reached from other machines, and nothing is encrypted: add --curve-key (daylapse keygen makes "
        + "one), keep to 127.0.0.1, or add --allow-plaintext in a network you trust")
  }

  /// The endpoints of a publisher at a port and the next one; free ports where none is given.
  func endpoints(port: Int?) throws -> Publisher.Endpoints {
    let address = host.contains(":") ? "[\(host)]" : host
    func tcp(_ offset: Int) -> String { port.map { "tcp://\(address):\($0 + offset)" } ?? "tcp://\(address):*" }
    return try endpoints(at: tcp(0), tcp(1))
  }

  /// The endpoints of a publisher at the given ones and those that were asked for besides.
  func endpoints(at data: String, _ service: String) throws -> Publisher.Endpoints {
    let extra = try bind.map { try Upstream($0) }
    return Publisher.Endpoints(data: extra.map(\.data) + [data], service: extra.map(\.service) + [service])
  }

  /// What makes others than this machine reach the publisher, if anything does.
  private var exposedOption: String? {
    get throws {
      if !Exposure.isLoopback(host: host) { return "--host \(host)" }
      for endpoint in bind {
        let both = try Upstream(endpoint)
        if Exposure.isReachable(endpoint: both.data) || Exposure.isReachable(endpoint: both.service) {
          return "--bind \(endpoint)"
        }
      }
      return nil
    }
  }
}
