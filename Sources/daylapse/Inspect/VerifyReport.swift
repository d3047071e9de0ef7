import BatchCheck
import Records
import TopicLog

/// What `daylapse verify` tells.
struct VerifyReport {
  var audits: [TopicAudit]
  /// Topics that are missing or cannot be looked at.
  var absent: [Finding] = []
  var tables: [TableReport] = []
  /// What could not be compared, and why.
  var notes: [String]
  var findings = Findings(limit: .max)

  var isSound: Bool { findings.count == 0 }

  /// For people.
  var lines: [String] {
    let width = (audits.map(\.name) + absent.compactMap(\.topic) + tables.map(\.path)).map(\.count).max() ?? 0
    var lines = audits.map { audit in
      var line = audit.name.padded(to: width) + Figures.grouped(audit.messages.count).aligned(to: 13) + " messages"
      line += Figures.bytes(audit.report.byteCount).aligned(to: 11)
      line += "  " + verdict(audit.findings.count) + (audit.report.isSealed ? "" : ", not complete yet")
      return line
    }
    for finding in absent {
      lines.append(
        (finding.topic ?? "").padded(to: width) + "  " + (finding.kind == "missing" ? "missing" : "cannot be read"))
    }
    for table in tables {
      lines.append(
        table.path.padded(to: width) + Figures.grouped(table.rowCount).aligned(to: 13) + " rows    "
          + "".aligned(to: 11) + "  " + verdict(table.differenceCount))
    }
    lines += notes.map { "note: \($0)" }
    guard !isSound else { return lines + ["all sound"] }
    lines.append("")
    lines += findings.all.map(\.text)
    let more = findings.count - findings.all.count
    if more > 0 { lines.append("and \(Figures.grouped(more)) more: --findings shows more of each") }
    return lines
  }

  private func verdict(_ count: Int) -> String {
    count == 0 ? "sound" : Figures.count(count, "finding")
  }

  private static func json(absent: Finding) -> JSONValue {
    JSONMembers.build {
      $0.add("topic", absent.topic)
      $0.add("sound", false)
      $0.add("complete", false)
      $0.add("messages", 0)
      $0.add("findings", 1)
    }
  }

  /// For programs.
  var json: JSONValue {
    let files: [JSONValue] = tables.map { table in
      JSONMembers.build {
        $0.add("file", table.path)
        $0.add("sound", table.isSound)
        $0.add("rows", table.rowCount)
        $0.add("expected_rows", table.expectedRowCount)
        $0.add("findings", table.differenceCount)
      }
    }
    return JSONMembers.build {
      $0.add("sound", isSound)
      $0.add("topics", .array(audits.map(\.json) + absent.map(VerifyReport.json)))
      $0.add("tables", .array(files))
      $0.add("notes", .array(notes.map { .string($0) }))
      $0.add("findings", .array(findings.all.map(\.json)))
      $0.add("more", findings.count - findings.all.count)
    }
  }
}
