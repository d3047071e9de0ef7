import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Blocking work on a thread of its own.
final class BackgroundWork<Value>: @unchecked Sendable {
  // `outcome` is written by the thread before it sets `done`, and read by others only after
  private let done = Atomic<Bool>(false)
  private var outcome: Result<Value, any Error>?

  init(_ work: @escaping () throws -> Value) {
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

  var isFinished: Bool { done.load(ordering: .acquiring) }

  /// What the work gave. Only once it is finished.
  func result() throws -> Value { try outcome!.get() }
}

private final class WorkBox {
  let work: () -> Void
  init(_ work: @escaping () -> Void) { self.work = work }
}

/// Tells work on other threads to stop.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }

  func set() { flag.store(true, ordering: .relaxed) }
}
