import Dispatch
import Threads

/// A simulated process was killed.
struct Killed: Error {}

/// Blocking code on a thread of its own that runs only when it is told to, and hands back at every turn: of all
/// coroutines and their scheduler one runs at a time.
///
/// Guard of the unchecked conformance: the two sides never run at the same time.
final class Coroutine: @unchecked Sendable {
  private let toBody = DispatchSemaphore(value: 0)
  private let toScheduler = DispatchSemaphore(value: 0)
  private(set) var isFinished = false
  /// Why it ended, where it did not by itself.
  private(set) var failure: (any Error)?
  private var isDoomed = false
  private var work: BackgroundWork<Void>?

  init(_ body: @escaping (Coroutine) throws -> Void) {
    work = BackgroundWork { [self] in
      toBody.wait()
      do { try body(self) } catch { failure = error }
      isFinished = true
      toScheduler.signal()
    }
  }

  /// Lets it run to its next turn, or to its end.
  func resume() {
    guard !isFinished else { return }
    toBody.signal()
    toScheduler.wait()
  }

  /// Hands back to the scheduler. Called by the body.
  func yield() throws {
    if isDoomed { throw Killed() }
    toScheduler.signal()
    toBody.wait()
    if isDoomed { throw Killed() }
  }

  /// Ends it here. Called by the body.
  func die() throws -> Never {
    isDoomed = true
    throw Killed()
  }

  /// Ends it where it is.
  func kill() {
    isDoomed = true
    while !isFinished { resume() }
  }

  var wasKilled: Bool { failure is Killed }
}
