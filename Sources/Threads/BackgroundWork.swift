import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Blocking work on a thread of its own.
///
/// Guard of the unchecked conformance: `outcome` is written by that thread before it sets `done`, and read by others
/// only after.
public final class BackgroundWork<Value>: @unchecked Sendable {
  private let done = Atomic<Bool>(false)
  private var outcome: Result<Value, any Error>?

  /// Starts the work. Whoever starts it sees to it that what it uses is not used elsewhere until it is finished.
  public init(_ work: @escaping () throws -> Value) {
    let run = Unmanaged.passRetained(
      WorkBox { [self] in
        outcome = Result { try work() }
        done.store(true, ordering: .releasing)
      })
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
      var thread: pthread_t?
      let body: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
        Unmanaged<WorkBox>.fromOpaque($0).takeRetainedValue().work()
        return nil
      }
    #else
      var thread = pthread_t()
      let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        Unmanaged<WorkBox>.fromOpaque($0!).takeRetainedValue().work()
        return nil
      }
    #endif
    if pthread_create(&thread, &attributes, body, run.toOpaque()) != 0 { run.takeRetainedValue().work() }
  }

  /// Whether the work has come to its end, well or not.
  public var isFinished: Bool { done.load(ordering: .acquiring) }

  /// What the work gave, or threw. Only once it is finished.
  public func result() throws -> Value { try outcome!.get() }

  /// Waits until the work is finished. Blocks.
  public func wait() {
    while !isFinished { usleep(500) }
  }
}

private final class WorkBox {
  let work: () -> Void
  init(_ work: @escaping () -> Void) { self.work = work }
}
