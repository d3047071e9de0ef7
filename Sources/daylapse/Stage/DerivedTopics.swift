import Records
import TopicLog
import TopicStream

/// The message files of the topics that a stage writes: those of an interrupted run are gone on with, others replaced.
struct DerivedTopics {
  var topicsDirectory: String
  var run: String
  var digest: String
  /// Hears of what was replaced and cut off.
  var onNotice: (String) -> Void

  func open(_ names: [String], publisher: Publisher) throws -> [LogOutput] {
    try names.map { name in
      let directory = topicsDirectory + "/" + name
      let identity = TopicIdentity(name: name, run: run, digest: digest)
      let schema = TopicCatalogue.schema(of: name)
      let timeOf = schema.timeOf
      let options = TopicWriter.Options(rollsAtMidnight: schema.hasEventTime)
      let existing = try TopicMetadata.read(directory: directory)
      let writer = try TopicWriter(
        directory: directory, identity: identity, options: options,
        mode: existing?.identity == identity ? .resume : .create, timeOf: timeOf)
      if let tail = writer.tornTail { onNotice("\(tail)") }
      if existing?.identity == identity, writer.nextOffset > 0 {
        onNotice("\(name): goes on with an interrupted run, \(Figures.grouped(writer.nextOffset)) messages are there")
      }
      return try LogOutput(
        writer: writer, reader: TopicReader(directory: directory, timeOf: timeOf), publisher: publisher,
        schema: schema.json)
    }
  }
}
