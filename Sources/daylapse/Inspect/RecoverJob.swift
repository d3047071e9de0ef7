import OutputFiles
import Records
import TopicLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Makes a usable topic of a damaged one.
struct RecoverJob {
  enum Destination {
    /// A new folder.
    case folder(String)
    /// The topic's own place; the original goes to another name.
    case inPlace
  }

  let topic: InspectedTopic
  let destination: Destination
  let skipsDamage: Bool
  let line: ProgressLine

  /// - Returns: What was kept and lost; nothing where the topic is sound.
  func perform() throws -> RecoverReport? {
    let isInPlace = if case .inPlace = destination { true } else { false }
    if case .folder(let path) = destination, try fileExists(path) {
      throw CommandError("\(path) is there already: remove it, or name another place with --output")
    }
    line.show("looking through \(topic.name)")
    let recovery = try TopicRecovery(
      directory: topic.directory, skipsDamage: skipsDamage, isLocked: isInPlace, defectOf: topic.defect)
    if recovery.losses.isEmpty, try isSound { return nil }
    guard recovery.keptCount > 0 || recovery.isWhole else {
      throw CommandError(
        "\(topic.directory): nothing before the first damage can be kept (\(RecoverReport.text(recovery.losses[0])))"
          + (skipsDamage ? "" : "; --skip-damaged keeps what is sound behind it, under new offsets"))
    }
    let schema = topic.schema
    let old = recovery.identity
    let identity =
      recovery.isWhole && old != nil
      ? old!
      : TopicIdentity(
        name: old?.name ?? topic.name, run: RunID.random(), digest: RecoveredDigest.of(old?.digest))
    var report = RecoverReport(topic: topic.name, recovery: recovery, identity: identity)
    switch destination {
    case .folder(let path):
      try write(recovery, identity, schema, to: path)
      report.output = path
    case .inPlace:
      // hidden, so that what an interruption leaves is no topic
      let path = String(topic.directory.dropLast(topic.name.count)) + ".\(topic.name).recovering"
      try write(recovery, identity, schema, to: path)
      report.setAside = try swap(path)
      report.output = topic.directory
    }
    return report
  }

  private var isSound: Bool {
    get throws {
      try TopicVerifier.verify(directory: topic.directory, timeOf: topic.hasSchema ? topic.timeOf : nil).isSound
    }
  }

  private func write(
    _ recovery: TopicRecovery, _ identity: TopicIdentity, _ schema: TopicSchema, to path: String
  ) throws {
    do {
      try recovery.write(
        to: path, identity: identity,
        options: .init(rollsAtMidnight: schema.hasEventTime, timeField: schema.ownTimeField),
        timeOf: topic.timeOf
      ) { done in
        try StopSignal.check()
        line.show("writing \(path)  \(Figures.percent(done, of: recovery.keptCount))")
      }
    } catch {
      try? TopicRecovery.discard(path)
      throw error
    }
  }

  /// Puts a new folder in the topic's place, with what lay beside the messages.
  ///
  /// - Returns: Where the original is now.
  private func swap(_ path: String) throws -> String {
    for file in try TopicRecovery.otherFiles(topic.directory) {
      let content = try readSmallFile(topic.directory + "/" + file)
      try writeFileAtomically(path + "/" + file, content)
    }
    var number = 1
    while try fileExists("\(topic.directory).damaged-\(number)") { number += 1 }
    let aside = "\(topic.directory).damaged-\(number)"
    try RecoverJob.move(topic.directory, to: aside)
    try RecoverJob.move(path, to: topic.directory)
    return aside
  }

  private static func move(_ path: String, to other: String) throws {
    guard rename(path, other) == 0 else {
      throw CommandError("cannot move \(path) to \(other): \(String(cString: strerror(errno)))")
    }
  }
}
