import Checkpoints
import Records
import TopicLog
import TopicStream

extension TopicSchema {
  /// Before which time the messages are that were made of events up to and at a time; nothing without event times.
  fileprivate var shownBefore: ((EventTime) -> EventTime)? {
    guard hasEventTime else { return nil }
    // a day's rows are made when an event of a later day has come
    return hasDays ? { EventTime($0.date) } : { EventTime(secondsSinceEpoch: $0.secondsSinceEpoch + 1) }
  }

  /// Whether event times are days.
  private var hasDays: Bool { fields.contains { $0.name == "as_of_date" } }
}

/// The message files of the topics that a stage writes: those of an interrupted run are gone on with, others replaced.
struct DerivedTopics {
  var topicsDirectory: String
  var run: String
  var digest: String
  /// Whether a run says itself what it replaces.
  var isSupervised = false
  /// Hears of what was replaced and cut off.
  var onNotice: (String) -> Void

  /// Opens the files for writing. One writer a topic: a second one is told who holds it.
  ///
  /// - Parameter replacing: Also those of the same run, which cannot be trusted.
  func open(_ names: [String], replacing: Bool) throws -> [TopicWriter] {
    let existing = try names.map { try TopicMetadata.read(directory: topicsDirectory + "/" + $0) }
    tellWhatIsReplaced(names, existing.map { $0?.identity.digest })
    return try zip(names, existing).map { name, existing in
      let directory = topicsDirectory + "/" + name
      let identity = TopicIdentity(name: name, run: run, digest: digest)
      let schema = TopicCatalogue.schema(of: name)
      let writer = try TopicWriter(
        directory: directory, identity: identity, options: TopicWriter.Options(rollsAtMidnight: schema.hasEventTime),
        mode: existing?.identity == identity && !replacing ? .resume : .create, timeOf: schema.timeOf)
      if let tail = writer.tornTail { onNotice("\(tail)") }
      return writer
    }
  }

  /// Says in one line what was made in another way; the same made again is no news.
  private func tellWhatIsReplaced(_ names: [String], _ digests: [String?]) {
    func maker(_ digest: String) -> Substring { digest.prefix { $0 != " " } }
    let replaced = zip(names, digests).filter { _, old in
      guard let old else { return false }
      return isSupervised ? maker(old) != maker(digest) : old != digest
    }
    guard let old = replaced.first?.1 else { return }
    onNotice(
      "replaces the messages of \(replaced.map(\.0).joined(separator: ", ")), which were made otherwise: \(old)")
  }

  /// Takes back what may not have reached the disk before the machine stopped.
  func cut(_ names: [String], to checkpoint: Checkpoint) throws {
    for (name, offset) in zip(names, checkpoint.outputs) {
      if try TopicWriter.cut(directory: topicsDirectory + "/" + name, to: offset) {
        onNotice("\(name): cut to what was synced (\(Figures.count(offset, "message"))) before the machine stopped")
      }
    }
  }

  func readers(_ writers: [TopicWriter]) throws -> [TopicReader] {
    try writers.map {
      try TopicReader(
        directory: topicsDirectory + "/" + $0.identity.name, timeOf: TopicCatalogue.schema(of: $0.identity.name).timeOf)
    }
  }

  /// Declares the topics at a publisher, each from where the checkpoint says.
  func declare(
    _ writers: [TopicWriter], readers: [TopicReader], at publisher: Publisher, from checkpoint: Checkpoint?, epoch: Int,
    faults: Faults
  ) throws -> [LogOutput] {
    try writers.indices.map { index in
      let schema = TopicCatalogue.schema(of: writers[index].identity.name)
      return try LogOutput(
        writer: writers[index], reader: readers[index], publisher: publisher, schema: schema.json,
        next: checkpoint?.outputs[index] ?? 0, epoch: epoch, watermark: checkpoint?.watermarks[index],
        shownBefore: schema.shownBefore, faults: faults)
    }
  }
}
