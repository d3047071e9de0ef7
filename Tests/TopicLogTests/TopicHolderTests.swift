import Foundation
import Testing

@testable import TopicLog

struct TopicHolderTests {
  let topic = TopicFixture()

  @Test func namesTheWriterWhileThereIsOne() throws {
    #expect(try TopicWriter.holder(directory: topic.path) == nil)
    let writer = try topic.writer(.create)
    let holder = try TopicWriter.holder(directory: topic.path)
    #expect(holder?.hasPrefix("process \(getpid()) on ") == true)
    try writer.close()
    #expect(try TopicWriter.holder(directory: topic.path) == nil)
    // looking does not keep the next writer out
    try topic.writer(.resume).close()
  }
}
