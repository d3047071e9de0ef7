#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a file of at most a megabyte, such as a manifest.
func readSmallFile(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw CommandError("cannot read \(path): \(String(cString: strerror(errno)))") }
  defer { close(descriptor) }
  let limit = 1 << 20
  var bytes = [UInt8](repeating: 0, count: limit + 1)
  var count = 0
  while count <= limit {
    let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, limit + 1 - count) }
    if got < 0, errno == EINTR { continue }
    guard got >= 0 else { throw CommandError("cannot read \(path): \(String(cString: strerror(errno)))") }
    if got == 0 { break }
    count += got
  }
  guard count <= limit else { throw CommandError("\(path) is larger than a megabyte, which it should never be") }
  return Array(bytes[..<count])
}
