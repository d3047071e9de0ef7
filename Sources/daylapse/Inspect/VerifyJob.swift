import BatchCheck
import Records
import TopicLog

/// Verifies topics, what they say of each other, and the tables that were made from them.
struct VerifyJob {
  let folder: TopicFolder
  /// The topics; all that are there where none is named.
  let names: [String]
  /// Where the tables and what is remembered between runs are.
  let dataDirectory: String
  /// As given; otherwise what the topics themselves say.
  let isStrict: Bool?
  let maxDays: Int?
  let findingLimit: Int
  let line: ProgressLine

  func perform() throws -> VerifyReport {
    var audits: [TopicAudit] = []
    var others: [Finding] = []
    var notes: [String] = []
    for name in try folder.require(names) {
      if names.isEmpty, TopicFolder.isSetAside(name) {
        notes.append("\(name) was put aside by daylapse recover: not verified")
        continue
      }
      do {
        audits.append(try audit(name, earlier: audits))
        notes += audits[audits.count - 1].notes
      } catch let error as TopicLogError {
        others.append(.unreadable(folder.directory(of: name), topic: name, error))
      }
    }
    if names.isEmpty { others += try missing(audits) }
    let parts = Dictionary(
      uniqueKeysWithValues: try audits.filter { $0.topic.hasSchema && $0.name == $0.topic.schema.topic }
        .map { ($0.name, try part($0)) })
    let topology = TopologyAudit(
      parts,
      replayed: try ReplayedTopics(
        stateDirectory: dataDirectory + "/state",
        made: parts["events.clean"]?.identity ?? parts["users.clean"]?.identity))
    var findings = Findings(limit: .max)
    for audit in audits { findings.add(audit.findings.all, count: audit.findings.count) }
    let about = try others + topology.findings + changedInputs(audits)
    findings.add(about, count: about.count)
    var report = VerifyReport(audits: audits, absent: others, notes: notes + topology.notes)
    if names.isEmpty { try compareTables(audits, topology, into: &report, &findings) }
    report.findings = findings
    return report
  }

  /// Files that have other content than when the raw topics were imported from them.
  private func changedInputs(_ audits: [TopicAudit]) throws -> [Finding] {
    guard let inputs = try ImportedInputs.read(stateDirectory: dataDirectory + "/state"),
      audits.contains(where: { $0.topic.outline.identity?.run == inputs.run })
    else { return [] }
    line.show("reading the imported files")
    return try inputs.changed
  }

  /// Topics that are not there although others were made from them.
  private func missing(_ audits: [TopicAudit]) throws -> [Finding] {
    let digests = Dictionary(
      audits.compactMap { audit in audit.topic.outline.identity.map { (audit.name, $0.digest) } },
      uniquingKeysWith: { $1 })
    // once more: a stage that has just begun may have made it by now
    let present = Set(try folder.names())
    let hasTables = try TablesAudit(directory: processedDirectory, findingLimit: findingLimit).hasTables
    return Lineage.missing(digests: digests, present: present, hasTables: hasTables).map { name, why in
      Finding(
        "missing", topic: name, path: folder.directory(of: name), expected: why,
        actual: "no such topic; where it lies elsewhere, name the topics to verify")
    }
  }

  private func audit(_ name: String, earlier: [TopicAudit]) throws -> TopicAudit {
    let topic = try InspectedTopic(name, in: folder)
    return try TopicAudit(
      topic, promisesOrder: promisesOrder(topic, earlier), findingLimit: findingLimit
    ) { done, all in
      try StopSignal.check()
      line.show("verifying \(name)  \(Figures.percent(done, of: all))")
    }
  }

  /// Generated and imported events come in the order of their time; clean ones where the raw ones do.
  private func promisesOrder(_ topic: InspectedTopic, _ earlier: [TopicAudit]) -> Bool {
    switch topic.schema.topic {
    case "events.raw":
      let digest = topic.outline.identity?.digest ?? ""
      return digest.hasPrefix("generate ") || digest.hasPrefix("import ")
    case "events.clean":
      let raw = earlier.first { $0.name == "events.raw" }
      return raw.map { $0.isRead && $0.messages.firstLateOffset == nil } ?? false
    // of topics that were made by hand a replay expects it
    default: return !topic.hasSchema && topic.outline.isMadeByHand
    }
  }

  private func part(_ audit: TopicAudit) throws -> TopologyAudit.Part {
    TopologyAudit.Part(
      path: audit.topic.directory, identity: audit.topic.outline.identity,
      contentRun: audit.topic.outline.isMadeByHand
        ? try SourceRun.of(nil, directory: audit.topic.directory) : nil,
      isComplete: audit.isComplete,
      count: audit.messages.count, userDayCount: audit.messages.userDayCount, first: audit.messages.first,
      last: audit.messages.last, earliestSignup: audit.messages.earliestSignup)
  }

  private var processedDirectory: String { dataDirectory + "/processed" }

  private func compareTables(
    _ audits: [TopicAudit], _ topology: TopologyAudit, into report: inout VerifyReport, _ findings: inout Findings
  ) throws {
    var tables = TablesAudit(directory: processedDirectory, findingLimit: findingLimit)
    guard try tables.hasTables else { return report.notes.append("\(processedDirectory) has no tables to compare") }
    if try tables.isBeingWritten {
      return report.notes.append("\(processedDirectory): a run is writing the tables, or was interrupted: not compared")
    }
    func audit(_ name: String) -> TopicAudit? { audits.first { $0.name == name } }
    let runs = ["users.clean", "events.clean", "user.daily"].compactMap { audit($0)?.topic.outline.identity?.run }
    line.show("reading the tables")
    try tables.checkManifest(runs: runs)
    if topology.lacksRawMessages {
      report.notes.append(
        "\(processedDirectory): the raw topics have lost messages since: the tables were not computed again")
    } else if let users = audit("users.raw"), let events = audit("events.raw"), users.isComplete, events.isComplete {
      try tables.compare(
        users: users.topic, events: events.topic, offsets: topology.replayedOffsets(of: "events.raw"),
        isStrict: isStrict ?? TopologyAudit.isStrict(audit("events.clean")?.topic.outline.identity?.digest),
        maxDays: maxDays ?? TopologyAudit.maxDays(audit("user.daily")?.topic.outline.identity?.digest)
      ) { [line] words in
        try StopSignal.check()
        line.show(words)
      }
    } else {
      report.notes.append(
        "\(processedDirectory): users.raw and events.raw are not there as a whole: the tables were not computed again")
    }
    report.tables = tables.reports
    report.notes += tables.notes
    findings.add(tables.findings.all, count: tables.findings.count)
  }
}
