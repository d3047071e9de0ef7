import Records
import Testing

@testable import TopicStream

struct DataHeaderTests {
  private func decode(_ text: String) throws -> DataHeader {
    try Array(text.utf8).withUnsafeBytes { try DataHeader(decoding: $0) }
  }

  @Test func survivesItsText() throws {
    let headers = [
      DataHeader(run: "r", offset: 0, count: 0),
      DataHeader(
        run: "a \"b\" ü", epoch: 3, offset: 41, count: 7, watermark: EventTime("2025-01-06T22:39:07"),
        clock: EventTime("2025-01-07"), isEnd: true),
      DataHeader(run: "", offset: JSONValue.largestCount, count: 1),
    ]
    for header in headers {
      let buffer = ByteBuffer()
      header.write(to: buffer)
      #expect(try DataHeader(decoding: buffer.bytes) == header)
    }
  }

  @Test func isTheTextOfTheProtocol() {
    let buffer = ByteBuffer()
    DataHeader(
      run: "r", epoch: 1, offset: 2, count: 3, watermark: EventTime("2025-01-06T22:39:07"),
      clock: EventTime("2025-01-07"), isEnd: true
    ).write(to: buffer, topic: "t", id: 9)
    #expect(
      String(decoding: buffer.bytes, as: UTF8.self)
        == #"{"id":9,"topic":"t","run":"r","epoch":1,"offset":2,"count":3,"watermark":"2025-01-06T22:39:07","clock":"2025-01-07T00:00:00","end":true}"#
    )
  }

  @Test(arguments: [
    "", "{}", "[]", "nonsense", #"{"run":1,"epoch":0,"offset":0,"count":0}"#, #"{"run":"r","epoch":0,"count":0}"#,
    #"{"run":"r","epoch":0,"offset":-1,"count":0}"#, #"{"run":"r","epoch":0,"offset":0.5,"count":0}"#,
    #"{"run":"r","epoch":0,"offset":0,"count":-1}"#, #"{"run":"r","epoch":-1,"offset":0,"count":0}"#,
    #"{"run":"r","offset":0,"count":0}"#, #"{"run":"r","epoch":0,"offset":9223372036854775807,"count":1}"#,
  ])
  func refusesWhatIsNoHeader(text: String) {
    #expect(throws: WireError.self) { try decode(text) }
  }

  @Test func ignoresMembersItDoesNotKnow() throws {
    let header = try decode(#"{"x":[1],"count":2,"offset":1,"epoch":0,"run":"r","watermark":"no time","end":1}"#)
    #expect(header == DataHeader(run: "r", offset: 1, count: 2))
  }
}
