import Records
import Testing

@testable import TopicView

struct MessageViewTests {
  private let schema = TopicCatalogue.schema(of: "events.clean")

  /// Ten minutes between events, from midnight on.
  private func line(_ number: Int) -> String {
    let time = EventTime(secondsSinceEpoch: EventTime("2025-01-01")!.secondsSinceEpoch + number * 600)
    return #"{"event_id":\#(number),"user_id":\#(number % 3),"event_time":"\#(time)"}"# + "\n"
  }

  private func batch(_ numbers: Range<Int>, watermark: String? = nil) -> MessageView.Batch {
    MessageView.Batch(
      place: MessagePlace(topic: "events.clean", run: "r", offset: numbers.lowerBound), count: numbers.count,
      lines: bytes(numbers.map(line).joined()), watermark: watermark.map { EventTime($0)! })
  }

  @Test func writesMessagesAsTheyAre() {
    let view = MessageView(filter: MessageFilter(), style: .json)
    let buffer = ByteBuffer()
    #expect(!view.take(batch(0..<4), schema, into: buffer))
    #expect(buffer.text == (0..<4).map(line).joined())
    #expect(view.shownCount == 4)
  }

  @Test(arguments: [0, 1, 3, 4, 9, 100])
  func stopsBeforeAnOffset(end: Int) {
    for view in [
      MessageView(filter: MessageFilter(), until: .offset(end), style: .json),
      MessageView(filter: MessageFilter(), style: .json),
    ] {
      let buffer = ByteBuffer()
      var hasStopped = false
      for start in stride(from: 0, to: 12, by: 4) where !hasStopped {
        hasStopped = view.take(batch(start..<(start + 4)), schema, before: end, into: buffer)
      }
      #expect(buffer.text == (0..<min(end, 12)).map(line).joined())
      #expect(hasStopped == (end <= 12))
    }
  }

  @Test func stopsBeforeEventTimeComesSoFar() {
    for watermark in [nil, "2025-01-01T02:00:00"] {
      let view = MessageView(filter: MessageFilter(), until: .time(EventTime("2025-01-01T01:00")!), style: .json)
      let buffer = ByteBuffer()
      #expect(!view.take(batch(0..<4, watermark: watermark), schema, into: buffer))
      #expect(view.take(batch(4..<12, watermark: watermark), schema, into: buffer))
      #expect(buffer.text == (0..<6).map(line).joined())
    }
    // a lower watermark is believed
    let view = MessageView(filter: MessageFilter(), until: .time(EventTime("2025-01-01T01:00")!), style: .json)
    #expect(!view.take(batch(0..<12, watermark: "2025-01-01T00:59:59"), schema, into: ByteBuffer()))
  }

  @Test(arguments: [true, false])
  func stopsAtACount(isFiltered: Bool) throws {
    let filter = MessageFilter(conditions: isFiltered ? [try FieldCondition("user_id!=0")] : [])
    let view = MessageView(filter: filter, countLimit: 5, style: .json)
    let buffer = ByteBuffer()
    for start in stride(from: 0, to: 12, by: 4) where !view.isFull {
      _ = view.take(batch(start..<(start + 4)), schema, into: buffer)
    }
    #expect(view.isFull)
    #expect(view.shownCount == 5)
    #expect(buffer.text == (isFiltered ? [1, 2, 4, 5, 7] : [0, 1, 2, 3, 4]).map(line).joined())
    #expect(MessageView(filter: filter, countLimit: 0, style: .json).isFull)
  }

  @Test func knowsTheOffsetOfEveryMessage() throws {
    let view = MessageView(
      filter: MessageFilter(users: ["1"]), style: .format(try LineFormat("{@offset} {event_id}")))
    let buffer = ByteBuffer()
    _ = view.take(batch(100..<106), schema, before: 105, into: buffer)
    #expect(buffer.text == "100 100\n103 103\n")
  }

  @Test func aTableIsWrittenWhenItIsFlushed() {
    let view = MessageView(filter: MessageFilter(), style: .table(MessageTable(showsTopic: false)))
    let buffer = ByteBuffer()
    _ = view.take(batch(0..<1), schema, into: buffer)
    #expect(buffer.count == 0)
    view.flush(into: buffer)
    #expect(buffer.text == "event_id  user_id  event_time\n       0        0  2025-01-01T00:00:00\n")
  }
}
