import Testing
import ZeroMQ

@Suite struct MessageTests {
  let context: Context

  init() throws {
    context = try Context()
  }

  @Test func holdsWhatItWasMadeOf() {
    #expect(Message().count == 0)
    #expect(Message().array == [])
    #expect(Message(copying: [1, 2]).array == [1, 2])
    #expect([UInt8](3...99).withUnsafeBytes { Message(copying: $0).array } == [UInt8](3...99))
    #expect(Message(count: 70_000).count == 70_000)
    #expect(Message(count: 0).array == [])
  }

  @Test func canBeFilledInPlace() {
    var message = Message(count: 4)
    message.withUnsafeMutableBytes { $0.copyBytes(from: [1, 2, 3, 4]) }
    #expect(message.array == [1, 2, 3, 4])
    #expect(message.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } } == 10)
    #expect(message.more == false)
  }

  @Test func passesErrorsOn() {
    struct Refusal: Error {}
    let message = Message(copying: [1])
    #expect(throws: Refusal.self) {
      try message.withUnsafeBytes { _ throws(Refusal) in throw Refusal() }
    }
  }

  @Test(arguments: [1, 1_000])
  func sharesItsContentWithADuplicate(count: Int) {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let message = Message(copying: content)
    #expect(message.isShared == false)
    let copy = message.duplicate()
    #expect(copy.array == content)
    #expect(message.array == content)
    // Short content lies in the message itself, so there is nothing to share.
    #expect((copy.bytes.baseAddress == message.bytes.baseAddress) == (count == 1_000))
    #expect(message.isShared == (count == 1_000))
    #expect(copy.isShared == (count == 1_000))
  }

  @Test func outlivesTheMessageItWasDuplicatedFrom() {
    let copy: Message
    do {
      let message = Message(copying: [UInt8](repeating: 7, count: 1_000))
      copy = message.duplicate()
    }
    #expect(copy.array == [UInt8](repeating: 7, count: 1_000))
  }

  @Test func refersToBytesInPlace() {
    let releases = CountedBytes.Releases()
    do {
      let owner = CountedBytes(count: 100, releases)
      let message = Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner)
      #expect(message.bytes.baseAddress == UnsafeRawPointer(owner.bytes.baseAddress))
      #expect(message.isShared == true)
      #expect(message.duplicate().isShared == true)
      #expect(releases.count == 0)
    }
    #expect(releases.count == 1)
  }

  @Test func releasesTheOwnerOfAnEmptyMessage() {
    let releases = CountedBytes.Releases()
    _ = Message(
      referencing: UnsafeRawBufferPointer(start: nil, count: 0), owner: CountedBytes(count: 1, releases))
    #expect(releases.count == 1)
  }

  @Test func keepsItsOwnerUntilTheLastDuplicateIsGone() {
    let releases = CountedBytes.Releases()
    var copy = Message()
    do {
      let owner = CountedBytes(count: 100, releases)
      let message = Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner)
      copy = message.duplicate()
    }
    #expect(releases.count == 0)
    #expect(copy.array.count == 100)
    copy = Message()
    #expect(releases.count == 1)
  }

  @Test(arguments: ["inproc", "tcp", "ipc"])
  func releasesItsOwnerOnceAndAfterDelivery(transport: String) throws {
    try withTemporaryFolder { folder in
      let releases = CountedBytes.Releases()
      let push = try open(context, .push)
      let pull = try open(context, .pull)
      let endpoint =
        switch transport {
        case "tcp": "tcp://127.0.0.1:*"
        case "ipc": "ipc://\(folder)/socket"
        default: uniqueInproc()
        }
      try pull.set(.receiveHighWaterMark, to: 1)
      try pull.connect(try push.bind(endpoint))
      let count = 1 << 20
      let owner = { CountedBytes(count: count, releases) }
      let messages = 20
      for _ in 0..<messages {
        let owner = owner()
        try push.send(Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner))
      }
      // With room for one message at the receiver, most of them have no place to go yet.
      #expect(releases.count < messages)
      let expected = CountedBytes(count: count, .init())
      var message = Message()
      for _ in 0..<messages {
        #expect(try pull.receive(into: &message))
        let isEqual = message.withUnsafeBytes { $0.elementsEqual(expected.bytes) }
        #expect(isEqual)
      }
      message = Message()
      #expect(eventually { releases.count == messages })
      #expect(releases.count == messages)
    }
  }

  @Test func releasesItsOwnerWhenNobodyIsThere() throws {
    let releases = CountedBytes.Releases()
    let publisher = try open(context, .xpub)
    do {
      let owner = CountedBytes(count: 100_000, releases)
      try publisher.send(Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner))
    }
    #expect(releases.count == 1)
  }

  @Test func staysWithTheCallerWhenItCouldNotBeSent() throws {
    let releases = CountedBytes.Releases()
    let push = try open(context, .push)
    do {
      let owner = CountedBytes(count: 100_000, releases)
      var message = Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner)
      #expect(try !push.send(&message, blocking: false))
      #expect(message.count == 100_000)
      #expect(releases.count == 0)
      #expect(try !push.send(message, blocking: false))
      message = Message()
    }
    #expect(releases.count == 1)
  }

  @Test func goesToManySubscribersFromOnePlace() throws {
    let releases = CountedBytes.Releases()
    let publisher = try open(context, .xpub)
    try publisher.set(.xpubVerbose, to: true)
    let endpoint = try publisher.bind("tcp://127.0.0.1:*")
    let subscribers = try (0..<3).map { _ in try open(context, .sub) }
    for subscriber in subscribers {
      try subscriber.connect(endpoint)
      try subscriber.subscribe("")
      _ = try publisher.receive()
    }
    do {
      let owner = CountedBytes(count: 100_000, releases)
      try publisher.send(Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner))
    }
    for subscriber in subscribers { #expect(try subscriber.receive()?.count == 100_000) }
    #expect(eventually { releases.count == 1 })
  }

  @Test func canBeWrittenToAgainAfterItWasSent() throws {
    let (a, b) = try openPair(context)
    let owner = CountedBytes(count: 100, .init())
    var message = Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner)
    try a.send(&message)
    #expect(message.isShared == false)
    try b.send([1, 2])
    #expect(try a.receive(into: &message))
    message.withUnsafeMutableBytes { $0[0] = 9 }
    #expect(message.array == [9, 2])
  }

  @Test func crossesThreads() throws {
    let owner = CountedBytes(count: 1_000, .init())
    let message = Message(referencing: UnsafeRawBufferPointer(owner.bytes), owner: owner)
    let box = MessageBox(message)
    #expect(try OwnThread { box.count }.wait() == 1_000)
  }
}

private final class MessageBox: Sendable {
  private let message: Message

  init(_ message: consuming Message) {
    self.message = message
  }

  var count: Int { message.count }
}
