import Foundation
import Testing
import ZeroMQ

@Suite struct PollerTests {
  let context: Context

  init() throws {
    context = try Context()
  }

  @Test func waitsForItsTimeout() throws {
    var poller = Poller()
    let index = poller.add(try open(context, .pull))
    let start = ContinuousClock.now
    #expect(try poller.wait(timeoutMilliseconds: 50) == 0)
    let took = ContinuousClock.now - start
    #expect(took >= .milliseconds(49))
    #expect(took < .milliseconds(patienceMilliseconds))
    #expect(!poller.isReadable(at: index))
  }

  @Test func looksWithoutWaiting() throws {
    var poller = Poller()
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    let (a, b) = try openPair(context)
    let first = poller.add(a, [.readable, .writable])
    let second = poller.add(b)
    #expect(poller.count == 2)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
    #expect(poller.readiness(at: first) == .writable)
    try a.send([1])
    #expect(try poller.wait(timeoutMilliseconds: patienceMilliseconds) == 2)
    #expect(poller.isReadable(at: second))
    #expect(!poller.isReadable(at: first))
    #expect(poller.isWritable(at: first))
    _ = try b.receive()
    poller.setInterest([], at: first)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    #expect(!poller.isWritable(at: first))
    poller.removeAll()
    #expect(poller.count == 0)
  }

  @Test func wakesForAMessageFromAnotherThread() throws {
    let pull = try open(context, .pull)
    let endpoint = try pull.bind(uniqueInproc())
    let context = context
    let sender = OwnThread {
      let push = try open(context, .push)
      try push.connect(endpoint)
      Thread.sleep(forTimeInterval: 0.02)
      try push.send([1])
    }
    var poller = Poller()
    let index = poller.add(pull)
    #expect(try poller.wait(timeoutMilliseconds: patienceMilliseconds) == 1)
    #expect(poller.isReadable(at: index))
    try sender.wait()
  }

  @Test func watchesFileDescriptors() throws {
    let pipe = Pipe()
    var poller = Poller()
    poller.add(try open(context, .pull))
    let index = poller.add(fileDescriptor: pipe.fileHandleForReading.fileDescriptor)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    pipe.fileHandleForWriting.write(Data([1]))
    #expect(try poller.wait(timeoutMilliseconds: patienceMilliseconds) == 1)
    #expect(poller.isReadable(at: index))
    #expect(!poller.isFailed(at: index))
  }

  @Test func refusesASocketThatWasClosed() throws {
    var poller = Poller()
    let socket = try open(context, .pull)
    let index = poller.add(socket)
    socket.close()
    let error = #expect(throws: ZeroMQError.self) { _ = try poller.wait(timeoutMilliseconds: 0) }
    #expect(error?.isClosed == true)
    poller.setInterest([], at: index)
    #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
  }
}
