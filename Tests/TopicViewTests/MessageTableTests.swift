import Records
import Testing

@testable import TopicView

struct MessageTableTests {
  private let clean = TopicCatalogue.schema(of: "events.clean")

  private func add(_ lines: [String], to table: MessageTable, _ schema: TopicSchema) {
    for line in lines { table.add(bytes(line), fields(line), of: schema.topic, schema) }
  }

  private func flushed(_ table: MessageTable) -> [String] {
    let buffer = ByteBuffer()
    table.flush(to: buffer)
    return buffer.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  @Test func alignsColumnsUnderTheirHeaders() {
    let table = MessageTable(showsTopic: false)
    add(
      [
        #"{"event_id":1,"user_id":12,"event_time":"2025-01-01T00:00:00","event_type":"login"}"#,
        #"{"event_id":1234567,"user_id":3,"event_time":"2025-01-01T00:00:01","event_type":"payment_success","amount":5.0}"#,
      ], to: table, clean)
    #expect(
      flushed(table) == [
        "event_id  user_id  event_time           event_type       amount",
        "       1       12  2025-01-01T00:00:00  login",
        " 1234567        3  2025-01-01T00:00:01  payment_success     5.0",
      ])
  }

  @Test func columnsComeInTheTopicsOrderWhenTheyComeAtAll() {
    let table = MessageTable(showsTopic: false)
    add([#"{"event_id":1,"amount":5.0}"#], to: table, clean)
    #expect(flushed(table) == ["event_id  amount", "       1     5.0"])
    add([#"{"event_id":2,"event_type":"login","extra":"x"}"#], to: table, clean)
    #expect(flushed(table) == ["event_id  event_type  amount  extra", "       2  login               x"])
    add([#"{"event_id":3}"#], to: table, clean)
    #expect(flushed(table) == ["       3"])
  }

  @Test func widensAsValuesNeedIt() {
    let table = MessageTable(showsTopic: false)
    add([#"{"a":"x","b":1}"#], to: table, TopicSchema(topic: "t", title: "", fields: []))
    #expect(flushed(table) == ["a  b", "x  1"])
    add([#"{"a":"xyz","b":1}"#], to: table, TopicSchema(topic: "t", title: "", fields: []))
    #expect(flushed(table) == ["a    b", "xyz  1"])
  }

  @Test func fitsTheScreen() {
    let table = MessageTable(showsTopic: false)
    table.widthLimit = 40
    add(
      [#"{"event_id":1,"event_time":"2025-01-01T00:00:00","event_type":"a very long type of event","amount":1}"#],
      to: table, clean)
    let lines = flushed(table)
    #expect(lines == ["event_…  event_time           event_type", "      1  2025-01-01T00:00:00  a very lo…"])
    #expect(lines.allSatisfy { $0.count <= 40 })
  }

  @Test func repeatsTheHeaderAfterAScreenOfRows() {
    let table = MessageTable(showsTopic: false)
    table.rowsPerHeader = 2
    add(["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"], to: table, TopicSchema(topic: "t", title: "", fields: []))
    #expect(flushed(table) == ["a", "1", "2", "a", "3"])
  }

  @Test func showsWhatIsNoObjectAndWhichTopicItIs() {
    let table = MessageTable(showsTopic: true)
    add(["\"a row\\n\"", "{\"x\":\"\\u0007\"}"], to: table, TopicSchema(topic: "t", title: "", fields: []))
    #expect(flushed(table) == ["topic  message    x", "t      \"a row\\n\"", "t                 \\u0007"])
  }
}
