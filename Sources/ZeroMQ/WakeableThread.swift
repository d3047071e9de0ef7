#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread that is told to end through a pipe, and waited for.
struct WakeableThread {
  private let writeEnd: Int32
  private let thread: pthread_t

  /// - Parameter body: Gets the descriptor that becomes readable when it is to end.
  init(_ body: @escaping (Int32) -> Void) throws(ZeroMQError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ZeroMQError(code: errno, operation: "make a pipe for a thread") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (readEnd, writeEnd) = (ends[0], ends[1])
    let work = Unmanaged.passRetained(
      ThreadBody {
        body(readEnd)
        close(readEnd)
      })
    #if canImport(Darwin)
      var started: pthread_t?
      let entry: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
        Unmanaged<ThreadBody>.fromOpaque($0).takeRetainedValue().run()
        return nil
      }
    #else
      var started = pthread_t()
      let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        Unmanaged<ThreadBody>.fromOpaque($0!).takeRetainedValue().run()
        return nil
      }
    #endif
    let failure = pthread_create(&started, nil, entry, work.toOpaque())
    guard failure == 0 else {
      work.release()
      for end in ends { close(end) }
      throw ZeroMQError(code: failure, operation: "start a thread")
    }
    self.writeEnd = writeEnd
    #if canImport(Darwin)
      thread = started!
    #else
      thread = started
    #endif
  }

  /// Tells it to end and waits until it has.
  func end() {
    close(writeEnd)
    pthread_join(thread, nil)
  }
}

private final class ThreadBody {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}
