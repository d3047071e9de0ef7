import OutputFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of the sockets between the stages that `run` starts.
///
/// It lies in the data directory, or, where that path is too long for a socket's address, in the temporary directory.
struct LinkDirectory {
  private let path: String
  private static let addressLimit = 100

  init(stateDirectory: String) throws {
    let inState = stateDirectory + "/links"
    if inState.utf8.count + "/aggregator.service".utf8.count <= LinkDirectory.addressLimit {
      path = inState
      try createDirectories(path)
      removeSockets()
    } else {
      let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
      var template = Array("\(temporary)/daylapse-XXXXXX".utf8CString)
      guard let made = mkdtemp(&template) else {
        throw CommandError("cannot make a folder in \(temporary): \(String(cString: strerror(errno)))")
      }
      path = String(cString: made)
    }
  }

  func endpoint(_ stage: String) -> String { "ipc://\(path)/\(stage)" }

  func remove() {
    removeSockets()
    rmdir(path)
  }

  private func removeSockets() {
    for stage in ["producer", "cleaner", "aggregator"] {
      unlink("\(path)/\(stage)")
      unlink("\(path)/\(stage).service")
    }
  }
}
