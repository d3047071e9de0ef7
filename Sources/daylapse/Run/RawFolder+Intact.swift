import Generator
import OutputFiles
import RawData
import TopicLog

extension RawFolder {
  /// What generating with these options would give, where all of it is there, complete and undamaged. Reads all of it.
  func generated(_ options: GeneratorOptions, writesTopics: Bool) throws -> GenerateJob.Result? {
    let job = generateJob(options, writesTopics: writesTopics)
    let folder = try outputFolder()
    guard let files = try folder.intactFiles(digest: job.digest) else { return nil }
    let topics = writesTopics ? try intactTopics(digest: job.digest, run: try folder.finishedRun) : []
    guard let topics else { return nil }
    var result = try job.drawUsers()
    result.eventCount = files[1].rows
    result.files = files.map {
      OutputFileSummary(path: $0.path, bytes: $0.bytes, sha256: $0.sha256, contentBytes: $0.bytes)
    }
    result.topics = topics
    return result
  }

  /// What importing a folder would give, where it is there, complete and undamaged, and the folder's files have not
  /// changed since.
  func imported(_ files: ImportFiles) throws -> ImportJob.Result? {
    guard let topics = try intactTopics(digest: files.digest) else { return nil }
    return ImportJob.Result(
      userCount: topics[0].messageCount, eventCount: topics[1].messageCount, topics: topics, extraColumns: [])
  }

  /// Whether days that were brought in before are there: both topics complete and of one run, and with generated days the
  /// files undamaged. Topics are held against their checksums when they are replayed.
  func has(run: String, digest: String, withFiles: Bool) throws -> Bool {
    for topic in RawTopic.allCases {
      let metadata = try TopicMetadata.read(directory: folders.topicsDir + "/" + topic.rawValue)
      guard let metadata, metadata.identity.run == run, metadata.identity.digest == digest,
        metadata.sealedNext != nil
      else { return false }
    }
    guard withFiles else { return true }
    let folder = try outputFolder()
    return try folder.finishedRun == run && folder.intactFiles(digest: digest) != nil
  }

  /// - Parameter run: Which run the topics must be of; without it, one that both are of.
  private func intactTopics(digest: String, run: String? = nil) throws -> [TopicTotals]? {
    var run = run
    var totals: [TopicTotals] = []
    for topic in RawTopic.allCases {
      let directory = folders.topicsDir + "/" + topic.rawValue
      guard try TopicOutline.isTopic(directory: directory) else { return nil }
      let report = try TopicVerifier.verify(directory: directory, timeOf: topic.timeOf)
      guard let identity = report.identity, identity.digest == digest, identity.run == run ?? identity.run,
        report.isSealed, report.isSound
      else { return nil }
      run = identity.run
      totals.append(
        TopicTotals(topic: topic.rawValue, messageCount: report.recordCount, byteCount: report.byteCount))
    }
    return totals
  }
}
