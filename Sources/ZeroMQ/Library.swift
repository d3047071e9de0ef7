import CZeroMQ

/// The version of the libzmq this process runs with, for example (4, 3, 4).
public var version: (major: Int, minor: Int, patch: Int) {
  var major: Int32 = 0
  var minor: Int32 = 0
  var patch: Int32 = 0
  zmq_version(&major, &minor, &patch)
  return (Int(major), Int(minor), Int(patch))
}

/// Whether the libzmq this process runs with was built with a capability.
///
/// - Parameter name: `ipc`, `curve`, `pgm`, `tipc`, `norm`, `gssapi` or `draft` (zmq_has(3)).
/// - Returns: false for a name that it does not know, too.
public func hasCapability(_ name: String) -> Bool {
  zmq_has(name) == 1
}
