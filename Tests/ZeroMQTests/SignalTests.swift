import Foundation
import Synchronization
import Testing
import ZeroMQ

private let pollSignals = Atomic(0)
private let receiveSignals = Atomic(0)

@Suite struct SignalTests {
  @Test func endsAPollEarly() throws {
    #expect(pollSignals.load(ordering: .relaxed) == 0)
    let (readyCount, took) = try OwnThread {
      signal(SIGUSR1) { _ in pollSignals.add(1, ordering: .relaxed) }
      letSignalThrough(SIGUSR1)
      var poller = Poller()
      let index = poller.add(try open(try Context(), .pull))
      let signaller = kill(pthread_self(), SIGUSR1)
      let start = ContinuousClock.now
      let readyCount = try poller.wait(timeoutMilliseconds: patienceMilliseconds)
      let took = ContinuousClock.now - start
      #expect(!poller.isReadable(at: index))
      try signaller.wait()
      return (readyCount, took)
    }.wait()
    #expect(readyCount == 0)
    #expect(took < .milliseconds(patienceMilliseconds / 2))
    #expect(pollSignals.load(ordering: .relaxed) == 1)
  }

  @Test func doesNotEndAReceive() throws {
    #expect(receiveSignals.load(ordering: .relaxed) == 0)
    let received = try OwnThread {
      signal(SIGUSR2) { _ in receiveSignals.add(1, ordering: .relaxed) }
      letSignalThrough(SIGUSR2)
      let context = try Context()
      let pull = try open(context, .pull)
      let endpoint = try pull.bind(uniqueInproc())
      let signaller = kill(pthread_self(), SIGUSR2)
      let sender = OwnThread {
        try signaller.wait()
        Thread.sleep(forTimeInterval: 0.05)
        let push = try open(context, .push)
        try push.connect(endpoint)
        try push.send([1])
      }
      let received = try pull.receive()?.array
      try sender.wait()
      return received
    }.wait()
    #expect(received == [1])
    #expect(receiveSignals.load(ordering: .relaxed) == 1)
  }
}

/// Threads inherit a mask, and those of the test runner let no signal through.
private func letSignalThrough(_ number: Int32) {
  var mask = sigset_t()
  sigemptyset(&mask)
  sigaddset(&mask, number)
  pthread_sigmask(SIG_UNBLOCK, &mask, nil)
}

/// Sends a thread a signal in a moment, when it has begun to wait.
private func kill(_ thread: pthread_t, _ number: Int32) -> OwnThread<Void> {
  return OwnThread {
    Thread.sleep(forTimeInterval: 0.1)
    pthread_kill(thread, number)
  }
}
