import Foundation
import Synchronization

private let nextNumber = Atomic(0)

/// Runs a body with a folder of its own, whose path is short enough for `ipc://`, and removes it.
public func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let number = nextNumber.add(1, ordering: .relaxed).newValue
  let path = "\(NSTemporaryDirectory())dl-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
