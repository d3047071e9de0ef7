import Foundation
import Synchronization
import ZeroMQ

/// How long a test waits for what must happen.
let patienceMilliseconds = 5_000

private let nextNumber = Atomic(0)

/// An `inproc` endpoint that no other test has.
func uniqueInproc() -> String {
  "inproc://test-\(nextNumber.add(1, ordering: .relaxed).newValue)"
}

/// Runs a test in a folder of its own, with a path short enough for sockets.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let number = nextNumber.add(1, ordering: .relaxed).newValue
  let path = "\(NSTemporaryDirectory())zmq-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// Opens a socket whose blocking calls end before a test hangs.
func open(_ context: Context, _ kind: Socket.Kind) throws -> Socket {
  let socket = try Socket(context, kind)
  try socket.set(.receiveTimeoutMilliseconds, to: patienceMilliseconds)
  try socket.set(.sendTimeoutMilliseconds, to: patienceMilliseconds)
  return socket
}

/// Opens two connected sockets of one context.
func openPair(
  _ context: Context, _ first: Socket.Kind = .pair, _ second: Socket.Kind = .pair, at endpoint: String? = nil
) throws -> (Socket, Socket) {
  let a = try open(context, first)
  let b = try open(context, second)
  try b.connect(try a.bind(endpoint ?? uniqueInproc()))
  return (a, b)
}

/// Opens an XPUB and a SUB that has its subscription through.
func openFeed(_ context: Context, at endpoint: String, topic: String = "") throws -> (Socket, Socket) {
  let publisher = try open(context, .xpub)
  let subscriber = try open(context, .sub)
  try subscriber.subscribe(topic)
  try subscriber.connect(try publisher.bind(endpoint))
  _ = try publisher.receive()
  return (publisher, subscriber)
}

/// Runs a body on a thread of its own and waits for its result.
final class OwnThread<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let done = DispatchSemaphore(value: 0)

  init(_ body: @escaping @Sendable () throws -> Value) {
    Thread.detachNewThread {
      let result = Result { try body() }
      self.result.withLock { $0 = result }
      self.done.signal()
    }
  }

  struct StillRunning: Error {}

  func wait() throws -> Value {
    guard done.wait(timeout: .now() + .milliseconds(patienceMilliseconds)) == .success else { throw StillRunning() }
    return try result.withLock { $0 }!.get()
  }
}

/// Waits until a condition holds, and says whether it came to hold.
func eventually(_ condition: () -> Bool) -> Bool {
  let deadline = ContinuousClock.now + .milliseconds(patienceMilliseconds)
  while ContinuousClock.now < deadline {
    if condition() { return true }
    Thread.sleep(forTimeInterval: 0.002)
  }
  return condition()
}

/// Bytes on the heap that count how often they were released.
final class CountedBytes: Sendable {
  final class Releases: Sendable {
    private let number = Atomic(0)
    var count: Int { number.load(ordering: .sequentiallyConsistent) }
    func add() { number.add(1, ordering: .sequentiallyConsistent) }
  }

  nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer
  private let releases: Releases

  init(count: Int, _ releases: Releases) {
    bytes = .allocate(byteCount: count, alignment: 16)
    for index in 0..<count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
    self.releases = releases
  }

  deinit {
    bytes.deallocate()
    releases.add()
  }
}
