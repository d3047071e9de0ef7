import ArgumentParser

/// Where to reach a publisher: its data and its service endpoint.
///
/// Written as `tcp://host:port`, whose service port is the next one, as `ipc://path`, whose service socket has
/// `.service` at its end, or as both endpoints with a comma between.
struct Upstream: Equatable {
  var data: String
  var service: String

  init(_ text: String) throws {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty {
      (data, service) = (parts[0], parts[1])
    } else if parts.count == 1, text.hasPrefix("ipc://"), text.count > 6 {
      (data, service) = (text, text + ".service")
    } else if parts.count == 1, text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"),
      let port = Int(text[text.index(after: colon)...]), (1...65_534).contains(port)
    {
      (data, service) = (text, "\(text[..<colon]):\(port + 1)")
    } else {
      throw ValidationError(
        "\"\(text)\" is no publisher: use tcp://host:port (the service port is the next one), ipc://path, "
          + "or data and service endpoint with a comma between")
    }
  }
}

extension Upstream {
  /// The publisher that is the `index`th in the topology: as given, or at its place from the base port.
  static func publisher(_ index: Int, given: String?, flag: String, basePort: Int) throws -> Upstream {
    if let given { return try Upstream(given) }
    guard basePort > 0 else {
      throw ValidationError("with --base-port 0 nobody knows where the other stages are: say so with \(flag)")
    }
    return try Upstream("tcp://127.0.0.1:\(basePort + 2 * index)")
  }
}
