import Records
import TopicLog

/// What `daylapse recover` tells about one topic.
struct RecoverReport {
  let topic: String
  let recovery: TopicRecovery
  /// That of the new topic.
  let identity: TopicIdentity
  /// The new topic's folder.
  var output = ""
  /// Where the original is, if it had to make place.
  var setAside: String?

  init(topic: String, recovery: TopicRecovery, identity: TopicIdentity) {
    self.topic = topic
    self.recovery = recovery
    self.identity = identity
  }

  /// How many messages the new topic has not got.
  var lostCount: Int { recovery.losses.reduce(0) { $0 + ($1.offsets?.count ?? 0) } }

  /// For people.
  var lines: [String] {
    var lines = [
      "\(output)  \(Figures.count(recovery.keptCount, "message")) kept (\(Figures.bytes(recovery.keptByteCount))), "
        + "\(Figures.grouped(lostCount)) lost"
    ]
    lines += lossLines.map { "  not kept: " + $0 }
    if recovery.uncheckedCount > 0 {
      lines.append(
        "  \(Figures.grouped(recovery.uncheckedCount)) of the messages had no checksum: they are messages, "
          + "but nothing says that they are the right ones")
    }
    if let moved = recovery.firstMovedOffset {
      lines.append("  messages from offset \(Figures.grouped(moved)) on have new, lower offsets")
    }
    if identity != recovery.identity {
      lines.append("  it is a run of its own, \(identity.run): what was made from the old one has to be made again")
    }
    if let setAside { lines.append("  the original is \(setAside)") }
    return lines
  }

  /// A line for each loss; what lies sound behind the damage is one thing, however many files it is in.
  private var lossLines: [String] {
    let behind = recovery.losses.filter { $0.kind == .behind }
    let others = recovery.losses.filter { $0.kind != .behind }
    var lines = others.prefix(RecoverReport.lossLimit).map { RecoverReport.text($0) }
    if others.count > lines.count {
      lines.append("\(Figures.grouped(others.count - lines.count)) more, which --json lists")
    }
    guard let first = behind.first, let last = behind.last, let start = first.offsets?.lowerBound,
      let end = last.offsets?.upperBound
    else { return lines }
    let count = behind.reduce(0) { $0 + ($1.offsets?.count ?? 0) }
    let bytes = behind.reduce(0) { $0 + ($1.bytes?.count ?? 0) }
    lines.append(
      "\(Figures.count(count, "message")) at offsets \(start) to \(end - 1), \(Figures.grouped(bytes)) bytes from "
        + "\(first.path) to \(last.path): sound, but behind the damage; --skip-damaged keeps them under new offsets")
    return lines
  }

  /// How many losses are told one by one.
  private static let lossLimit = 20

  static func text(_ loss: TopicRecovery.Loss) -> String {
    var text = loss.path
    if let offsets = loss.offsets {
      text +=
        offsets.count == 1
        ? ", offset \(offsets.lowerBound)" : ", offsets \(offsets.lowerBound) to \(offsets.upperBound - 1)"
    }
    if let bytes = loss.bytes { text += " (bytes \(bytes.lowerBound) to \(bytes.upperBound - 1))" }
    return text + ": " + loss.reason
  }

  /// For programs.
  var json: JSONValue {
    let losses: [JSONValue] = recovery.losses.map { loss in
      JSONMembers.build {
        $0.add("kind", loss.kind.rawValue)
        $0.add("file", loss.path)
        $0.add("offset", loss.offsets?.lowerBound)
        $0.add("end", loss.offsets?.upperBound)
        $0.add("byte", loss.bytes?.lowerBound)
        $0.add("end_byte", loss.bytes?.upperBound)
        $0.add("reason", loss.reason)
      }
    }
    return JSONMembers.build {
      $0.add("topic", topic)
      $0.add("sound", false)
      $0.add("output", output)
      $0.add("set_aside", setAside)
      $0.add("run", identity.run)
      $0.add("kept", recovery.keptCount)
      $0.add("kept_bytes", recovery.keptByteCount)
      $0.add("unchecked", recovery.uncheckedCount)
      $0.add("lost", lostCount)
      $0.add("first_moved", recovery.firstMovedOffset)
      $0.add("losses", .array(losses))
    }
  }
}
