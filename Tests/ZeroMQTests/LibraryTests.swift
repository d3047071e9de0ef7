import Testing
import ZeroMQ

@Suite struct LibraryTests {
  @Test func knowsItsVersion() {
    #expect(version >= (4, 3, 0))
  }

  @Test func knowsItsCapabilities() {
    #expect(hasCapability("ipc"))
    #expect(!hasCapability("telepathy"))
  }

  @Test func readsOnlySubscriptionChanges() {
    func change(_ bytes: [UInt8]) -> SubscriptionChange? { bytes.withUnsafeBytes { SubscriptionChange($0) } }
    #expect(change([1, 65]) == .subscribed(prefix: [65]))
    #expect(change([0]) == .cancelled(prefix: []))
    #expect(change([2, 65]) == nil)
    #expect(change([]) == nil)
  }

  @Test func describesErrors() {
    let error = ZeroMQError(code: 98, operation: "bind", endpoint: "tcp://*:1")
    #expect(error == ZeroMQError(code: 98, operation: "bind", endpoint: "tcp://*:1"))
    #expect(error != ZeroMQError(code: 98, operation: "bind"))
    #expect(ZeroMQError(code: 5, operation: "poll").description == "poll: Input/output error")
  }
}
