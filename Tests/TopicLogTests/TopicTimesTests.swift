import Records
import Testing

@testable import TopicLog

struct TopicTimesTests {
  let topic = TopicFixture()
  private let segment = "00000000000000000000.jsonl"

  private func times(_ lines: [String], _ metadata: String? = nil, given: TimeField? = nil) throws -> TopicTimes {
    topic.write(segment, lines.map { $0 + "\n" }.joined())
    if let metadata { topic.write("topic.json", metadata) }
    return try TopicTimes("mine", directory: topic.path, given: given)
  }

  @Test func aTopicMadeByHandSaysWhereItsTimesAre() throws {
    let times = try times([#"{"a":{"t":1433221332117}}"#], #"{"time_field":"a.t","time_unit":"ms","id_field":"n"}"#)
    #expect(times.source == .metadata && times.field == TimeField("a.t", unit: .milliseconds) && times.guess == nil)
    let reader = try times.reader(directory: topic.path)
    #expect(reader.identity == nil && reader.isSealed && reader.nextOffset == 1)
    #expect(try reader.watermark == EventTime("2015-06-02T05:02:12"))
    #expect(try TopicOutline(directory: topic.path).isMadeByHand)
  }

  @Test func whatWasSaidComesBeforeWhatIsWritten() throws {
    let times = try times(
      [#"{"t":"2025-01-01","u":"2025-01-02"}"#], #"{"time_field":"t"}"#, given: TimeField("u"))
    #expect(times.source == .given && times.field?.name == "u")
  }

  @Test func aNumberWithoutUnitIsReadByItsSizeWithAWordAboutIt() throws {
    let times = try times([#"{"t":"late"}"#, #"{"t":1433221332}"#], given: TimeField("t"))
    #expect(times.field?.unit == .seconds && times.hasTimes)
    #expect(
      times.guess?.contains("mine: t is a number such as 1433221332, read as seconds since 1970 (2015-06-02T05:02:12)")
        == true)
    #expect(try self.times([#"{"t":20250106}"#], given: TimeField("t")).guess == nil)
  }

  @Test(arguments: [
    (#"{"event_time":"2025-01-01"}"#, "event_time"), (#"{"as_of_date":"2025-01-01"}"#, "as_of_date"),
    (#"{"event_time":1433221332}"#, "event_time"),
  ])
  func theUsualNamesAreFound(line: String, name: String) throws {
    let times = try times([#"{"n":1}"#, line])
    #expect(times.source == .found && times.field?.name == name && times.hasTimes)
  }

  @Test func withoutAnyTimesThereAreNone() throws {
    let times = try times([#"{"timestamp":1433221332117}"#, "no JSON"])
    #expect(times.source == .unknown && !times.hasTimes && times.shownField == nil)
  }

  @Test(arguments: [
    #"{"time_field":7}"#, #"{"time_field":""}"#, #"{"time_field":"t","time_unit":"hours"}"#, #"{"time_unit":"s"}"#,
  ])
  func whatMakesNoSenseIsAnError(metadata: String) throws {
    let error = #expect(throws: TopicLogError.self) { try times([#"{"t":1}"#], metadata) }
    #expect(error?.path == topic.path + "/topic.json")
  }

  @Test func aFolderWithNoMoreThanThatIsNoTopic() throws {
    topic.write("topic.json", #"{"time_field":"t"}"#)
    #expect(try !TopicOutline.isTopic(directory: topic.path))
    topic.write("topic.json", "no JSON")
    #expect(try TopicOutline.isTopic(directory: topic.path))
    topic.write("topic.json", #"{"time_field":"t"}"#)
    topic.write(segment, "{}\n")
    #expect(try TopicOutline.isTopic(directory: topic.path))
  }

  @Test func aCopyOfATopicOfTheTopologyIsReadByWhatWasSaid() throws {
    topic.write("topic.json", #"{"format":1,"topic":"events.clean","run":"r1","digest":"d1","next":1}"#)
    topic.write(segment, #"{"event_time":"2025-01-01","seen":"2025-01-02"}"# + "\n")
    #expect(try TopicTimes("mine", directory: topic.path).source == .catalogue)
    #expect(try TopicTimes("mine", directory: topic.path, given: TimeField("seen")).field?.name == "seen")
    #expect(try TopicTimes("events.clean", directory: topic.path, given: TimeField("seen")).source == .catalogue)
  }

  /// Whoever wrote the index may have had another idea of time.
  @Test func timesOfOnesOwnComeFromTheMessages() throws {
    let lines = TopicFixture.lines(200)
    try topic.fill(lines)
    topic.write(
      "topic.json", #"{"format":1,"topic":"mine","run":"r1","digest":"d1","next":200,"time_field":"n","time_unit":"s"}"#
    )
    let times = try TopicTimes("mine", directory: topic.path)
    let reader = try times.reader(directory: topic.path)
    #expect(try reader.watermark == EventTime(secondsSinceEpoch: 199))
    #expect(try reader.offset(atOrAfter: EventTime(secondsSinceEpoch: 150)) == 150)
  }

  @Test func aWriterLeavesThemBesideTheIdentity() throws {
    let field = TimeField("n", unit: .nanoseconds)
    let writer = try TopicWriter(
      directory: topic.path, identity: TopicFixture.identity, options: .init(timeField: field), mode: .create,
      timeOf: field.timeOf)
    #expect(try TopicMetadata.timeField(directory: topic.path) == field)
    try writer.seal()
    try writer.close()
    #expect(try TopicMetadata.read(directory: topic.path)?.timeField == field)
  }
}
