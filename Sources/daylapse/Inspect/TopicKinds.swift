import Records
import TopicView

/// How many messages there are of each kind: types of events, reasons of rejections, panes of daily rows.
struct TopicKinds {
  /// So many kinds are shown.
  static let shown = 30
  /// So many are counted; what comes beyond is one kind of its own.
  private static let limit = 1000
  private static let others = "(others)"
  /// The fields that say what a message is, the first of them that it has.
  private static let fieldNames = ["event_type", "reason", "pane", "type"]

  /// The field that says so; empty while no message has one.
  private(set) var field = ""
  private(set) var counts: [String: Int] = [:]
  private var name: [UInt8] = []
  private var fields = MessageFields()
  private var remaining = TopicKinds.patience

  /// A topic of which so many messages have no such field has none.
  private static let patience = 1000

  mutating func add(_ line: UnsafeRawBufferPointer) {
    guard !name.isEmpty || remaining > 0 else { return }
    fields.read(line)
    if name.isEmpty {
      remaining -= 1
      guard let found = TopicKinds.fieldNames.first(where: { fields.field(Array($0.utf8)) != nil }) else { return }
      (field, name) = (found, Array(found.utf8))
    }
    guard let value = fields.field(name)?.value else { return }
    let kind = value.string
    if counts[kind] != nil || counts.count < TopicKinds.limit {
      counts[kind, default: 0] += 1
    } else {
      counts[TopicKinds.others, default: 0] += 1
    }
  }

  /// The most frequent first; of the same number by name.
  var sorted: [(name: String, count: Int)] {
    counts.map { (name: $0.key, count: $0.value) }.sorted { ($1.count, $0.name) < ($0.count, $1.name) }
  }
}
