import Records
import TopicLog

extension TopicInfo {
  /// How many files are shown where not all are wanted: so many from the front and as many from the end.
  private static let shownAtEachEnd = 5

  /// For people.
  ///
  /// - Parameters:
  ///   - showsAll: Whether every file is listed, however many they are.
  ///   - width: How many columns a line of the chart may have.
  func lines(showsAll: Bool, width: Int) -> [String] {
    let outline = topic.outline
    var lines = [topic.name]
    func add(_ label: String, _ text: String?) {
      if let text { lines.append("  " + label.padded(to: 10) + text) }
    }
    add("topic", outline.identity.flatMap { $0.name == topic.name ? nil : $0.name })
    add("holds", topic.hasSchema ? String(topic.schema.title.prefix { $0 != ":" && $0 != ";" }) : nil)
    add("format", outline.isMadeByHand ? "made by hand" : "\(TopicMetadata.formatVersion)")
    add("run", outline.identity?.run)
    add("digest", outline.identity.map { TopicInfo.readable($0.digest, width: width - 12) })
    add("state", stateText)
    add("offsets", "\(Figures.grouped(outline.firstOffset)) to \(Figures.grouped(outline.nextOffset - 1))")
    if outline.nextOffset == outline.firstOffset { lines[lines.count - 1] = "  offsets   none" }
    add("messages", Figures.grouped(messageCount) + (untimedCount == 0 ? "" : untimedText))
    add("bytes", "\(Figures.grouped(outline.byteCount)) (\(Figures.bytes(outline.byteCount)))")
    if let first, let last { add("times", "\(first) to \(last)") }
    add("duration", durationText)
    add("rate", rateText)
    for (position, line) in kindLines(width: width - 12).enumerated() { add(position == 0 ? "kinds" : "", line) }
    if !topic.hasSchema, messageCount > 0 { add("times in", timeFieldText) }
    add("problem", problem)
    lines += segmentLines(showsAll: showsAll)
    let chart = DayChart(counts: countsByDay, width: width - 2).lines
    if !chart.isEmpty { lines += [""] + chart.map { "  " + $0 } }
    return lines
  }

  /// What a topic was made by. Options that do not fit the line are named by what all of them give; `--json` has them.
  static func readable(_ digest: String, width: Int) -> String {
    if digest.count <= max(width, 20), !digest.contains("(") { return digest }
    let maker = digest.prefix { $0 != " " && $0 != "(" }.prefix(40)
    return "\(maker), options \(StableDigest.hexadecimal([digest]).prefix(8)) (--json has them all)"
  }

  private var untimedText: String { ", \(Figures.grouped(untimedCount)) of them without a readable time" }

  private var timeFieldText: String {
    guard topic.hasTimes, let field = topic.times.field else {
      return "none known: say it with --time-field or in topic.json"
    }
    return field.name + (field.unit.map { ", \($0.name) since 1970" } ?? "")
  }

  private var stateText: String {
    let outline = topic.outline
    if outline.isMadeByHand { return "complete, as topics made by hand are" }
    if let sealed = outline.sealedNext { return "complete: ends before offset \(Figures.grouped(sealed))" }
    return "open: messages may be added"
  }

  private func segmentLines(showsAll: Bool) -> [String] {
    guard !segments.isEmpty else { return [] }
    let hasTimes = topic.hasTimes
    var lines = [""]
    lines.append(
      "  first offset".padded(to: 15) + "messages".aligned(to: 10) + "bytes".aligned(to: 10)
        + (hasTimes ? "  " + "first".padded(to: 19) + "  last" : ""))
    let limit = TopicInfo.shownAtEachEnd
    let isShortened = !showsAll && segments.count > 2 * limit + 1
    for (position, segment) in segments.enumerated() {
      if isShortened, position == limit {
        lines.append("  ... \(Figures.grouped(segments.count - 2 * limit)) more files: --segments lists them")
      }
      if isShortened, position >= limit, position < segments.count - limit { continue }
      var line = "  " + Figures.grouped(segment.file.first).padded(to: 13)
      line += Figures.grouped(segment.messageCount).aligned(to: 10)
      line += Figures.bytes(segment.file.byteCount).aligned(to: 10)
      if hasTimes {
        line += "  " + (segment.first.map { "\($0)" } ?? "-").padded(to: 19)
        line += "  " + (segment.last.map { "\($0)" } ?? "-")
      }
      lines.append(line + (segment.file.hasIndex || topic.outline.isMadeByHand ? "" : "  no index"))
    }
    return lines
  }

  /// For programs.
  var json: JSONValue {
    let outline = topic.outline
    let files: [JSONValue] = segments.map { segment in
      JSONMembers.build {
        $0.add("path", segment.file.path)
        $0.add("first", segment.file.first)
        $0.add("messages", segment.messageCount)
        $0.add("bytes", segment.file.byteCount)
        $0.add("index", segment.file.hasIndex)
        $0.add("first_time", segment.first?.description)
        $0.add("last_time", segment.last?.description)
      }
    }
    let days: [JSONValue] = countsByDay.sorted { $0.key < $1.key }.map {
      ["day": .string($0.key.description), "messages": .int($0.value)]
    }
    return JSONMembers.build {
      $0.add("topic", topic.name)
      $0.add("name", outline.identity?.name ?? topic.name)
      $0.add("format", outline.isMadeByHand ? nil : TopicMetadata.formatVersion)
      $0.add("run", outline.identity?.run)
      $0.add("digest", outline.identity?.digest)
      $0.add("state", topic.state.replacing(" ", with: "_"))
      $0.add("sealed", outline.sealedNext != nil)
      $0.add("first", outline.firstOffset)
      $0.add("next", outline.nextOffset)
      $0.add("messages", messageCount)
      $0.add("untimed", topic.hasTimes ? untimedCount : nil)
      $0.add("time_field", topic.times.shownField?.name)
      $0.add("time_unit", topic.times.shownField?.unit?.rawValue)
      $0.add("bytes", outline.byteCount)
      $0.add("first_time", first?.description)
      $0.add("last_time", last?.description)
      $0.add("duration_seconds", durationSeconds)
      $0.add("messages_per_day", meanPerDay.map { JSONValue.double($0) })
      if !kinds.counts.isEmpty {
        $0.add(
          "kinds",
          ["field": .string(kinds.field), "counts": .object(kinds.sorted.map { .init($0.name, .int($0.count)) })])
      }
      $0.add("problem", problem)
      $0.add("segments", .array(files))
      $0.add("days", .array(days))
    }
  }
}
