import Generator
import OutputFiles
import RawData
import TopicLog

extension RawFolder {
  /// What generating with these options would give, where all of it is there, complete and undamaged. Reads all of it.
  func generated(_ options: GeneratorOptions, writesTopics: Bool) throws -> GenerateJob.Result? {
    let job = generateJob(options, writesTopics: writesTopics)
    guard let files = try outputFolder().intactFiles(digest: job.digest) else { return nil }
    let topics = writesTopics ? try intactTopics(digest: job.digest) : []
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
  func imported(from directory: String) throws -> ImportJob.Result? {
    let files = try RawFolder.rawFiles(in: directory)
    guard let topics = try intactTopics(digest: RawFolder.importDigest(files)) else { return nil }
    return ImportJob.Result(
      userCount: topics[0].messageCount, eventCount: topics[1].messageCount, topics: topics, extraColumns: [])
  }

  private func intactTopics(digest: String) throws -> [TopicTotals]? {
    var totals: [TopicTotals] = []
    for topic in RawTopic.allCases {
      let directory = folders.topicsDir + "/" + topic.rawValue
      guard try TopicOutline.isTopic(directory: directory) else { return nil }
      let report = try TopicVerifier.verify(directory: directory, timeOf: topic.timeOf)
      guard report.identity?.digest == digest, report.isSealed, report.isSound else { return nil }
      totals.append(
        TopicTotals(topic: topic.rawValue, messageCount: report.recordCount, byteCount: report.byteCount))
    }
    return totals
  }
}
