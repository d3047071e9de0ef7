import Testing

@testable import TopicStream

struct PublicationWindowTests {
  @Test func closesAtItsBatchLimitAndOpensWithAcknowledgements() {
    var window = PublicationWindow(batchLimit: 2, byteLimit: 1000)
    window.published(end: 5, bytes: 10)
    #expect(window.isOpen)
    window.published(end: 9, bytes: 10)
    #expect(!window.isOpen)
    window.acknowledged(upTo: 4)
    #expect(!window.isOpen)
    window.acknowledged(upTo: 5)
    #expect(window.isOpen)
    window.acknowledged(upTo: 100)
    #expect(window.isOpen)
  }

  @Test func closesAtItsByteLimit() {
    var window = PublicationWindow(batchLimit: 100, byteLimit: 100)
    window.published(end: 1, bytes: 99)
    #expect(window.isOpen)
    window.published(end: 2, bytes: 1)
    #expect(!window.isOpen)
    window.clear()
    #expect(window.isOpen)
  }

  @Test func staysRightOverManyBatches() {
    var window = PublicationWindow(batchLimit: 3, byteLimit: .max)
    for end in 1...10_000 {
      window.published(end: end, bytes: 7)
      if end > 2 {
        #expect(!window.isOpen)
        window.acknowledged(upTo: end - 2)
      }
      #expect(window.isOpen)
    }
  }
}
