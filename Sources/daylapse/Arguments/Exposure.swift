/// Who can reach what is bound.
enum Exposure {
  /// Whether an address is one that only this machine reaches: 127.0.0.0/8, ::1, localhost.
  static func isLoopback(host: String) -> Bool {
    if host == "localhost" || host == "::1" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Whether others than this machine can reach an endpoint. Whatever is not known to be local can.
  static func isReachable(endpoint: String) -> Bool {
    if endpoint.hasPrefix("ipc://") || endpoint.hasPrefix("inproc://") { return false }
    guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return true }
    return !isLoopback(host: String(endpoint[..<colon].dropFirst("tcp://".count)))
  }
}
