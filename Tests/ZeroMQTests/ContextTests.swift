import Foundation
import Testing
import ZeroMQ

@Suite struct ContextTests {
  @Test func shutdownWakesABlockedReceive() throws {
    let context = try Context()
    let isOpen = DispatchSemaphore(value: 0)
    let blocked = OwnThread { () -> ZeroMQError? in
      let socket = try Socket(context, .pull)
      try socket.bind(uniqueInproc())
      isOpen.signal()
      do throws(ZeroMQError) { _ = try socket.receive() } catch { return error }
      return nil
    }
    isOpen.wait()
    Thread.sleep(forTimeInterval: 0.05)  // most likely it waits by now; if not, it must not begin to
    context.shutdown()
    context.shutdown()
    #expect(try blocked.wait()?.isTerminated == true)
    context.terminate()
    context.terminate()
    context.shutdown()
  }

  @Test func shutdownWakesABlockedSendAndPoll() throws {
    let context = try Context()
    let isOpen = DispatchSemaphore(value: 0)
    let sending = OwnThread { () -> ZeroMQError? in
      let socket = try Socket(context, .push)
      isOpen.signal()
      do throws(ZeroMQError) { try socket.send("nobody is there") } catch { return error }
      return nil
    }
    let polling = OwnThread { () -> ZeroMQError? in
      var poller = Poller()
      poller.add(try Socket(context, .pull))
      isOpen.signal()
      do throws(ZeroMQError) { _ = try poller.wait(timeoutMilliseconds: -1) } catch { return error }
      return nil
    }
    for _ in 0..<2 { isOpen.wait() }
    Thread.sleep(forTimeInterval: 0.05)
    context.shutdown()
    #expect(try sending.wait()?.isTerminated == true)
    #expect(try polling.wait()?.isTerminated == true)
  }

  @Test func makesNoSocketOnceShutDown() throws {
    let context = try Context()
    context.shutdown()
    let error = #expect(throws: ZeroMQError.self) { try Socket(context, .pair) }
    #expect(error?.isTerminated == true)
    context.terminate()
    let second = #expect(throws: ZeroMQError.self) { try Socket(context, .pair) }
    #expect(second?.isTerminated == true)
  }

  @Test func livesAsLongAsItsSockets() throws {
    weak var released: Context?
    var socket: Socket?
    do {
      let context = try Context()
      released = context
      socket = try Socket(context, .pair)
    }
    #expect(released != nil)
    try socket?.bind(uniqueInproc())
    socket = nil
    #expect(released == nil)
  }

  @Test func releasingItNeverWaitsForUndeliveredMessages() throws {
    let took = try ContinuousClock().measure {
      try OwnThread {
        for lingerMilliseconds in [0, -1] {
          let context = try Context()
          let socket = try Socket(context, .push)
          try socket.set(.lingerMilliseconds, to: lingerMilliseconds)
          // Nobody listens there, so the message waits for a connection.
          try socket.connect("tcp://127.0.0.1:1")
          try socket.send("undeliverable")
        }
      }.wait()
    }
    #expect(took < .seconds(2))
  }

  @Test func deliversWhatLingersAfterTheContextIsReleased() throws {
    let receiving = try Context()
    let pull = try open(receiving, .pull)
    let endpoint = try pull.bind("tcp://127.0.0.1:*")
    do {
      let push = try Socket(try Context(), .push)
      try push.set(.lingerMilliseconds, to: -1)
      try push.connect(endpoint)
      try push.send("late")
    }
    #expect(try pull.receive()?.array == Array("late".utf8))
  }

  @Test func bothEndsMayCloseInTheMiddleOfAStream() throws {
    // without linger, libzmq 4.3 aborts the process within a few of these rounds
    var random = SystemRandomNumberGenerator()
    for round in 0..<400 {
      let publishing = try Context()
      let xpub = try Socket(publishing, .xpub)
      let endpoint = try xpub.bind(round.isMultiple(of: 2) ? "ipc://*" : "tcp://127.0.0.1:*")
      let sub = try Socket(try Context(), .sub)
      try sub.subscribe("")
      try sub.connect(endpoint)
      _ = try xpub.receive()
      for _ in 0..<Int.random(in: 0..<400, using: &random) {
        try xpub.send("topic", more: true)
        try xpub.send("a header of some sixty characters, as long as one usually is", more: true)
        try xpub.send("payload")
      }
      sub.close()
      xpub.close()
    }
  }

  @Test func refusesNumbersOutOfRange() throws {
    let negative = #expect(throws: ZeroMQError.self) { try Context(ioThreads: -1) }
    #expect(negative?.isInvalidArgument == true)
    #expect(negative?.operation == "set ioThreads to -1")
    let huge = #expect(throws: ZeroMQError.self) { try Context(maxSockets: 1 << 40) }
    #expect(huge?.operation == "set maxSockets to 1099511627776")
  }

  @Test func limitsItsSockets() throws {
    let context = try Context(maxSockets: 2)
    let sockets = [try Socket(context, .pair), try Socket(context, .pair)]
    let error = #expect(throws: ZeroMQError.self) { try Socket(context, .pair) }
    #expect(error?.description.contains("raise maxSockets") == true)
    for socket in sockets { socket.close() }
  }
}
