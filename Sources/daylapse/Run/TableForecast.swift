import RawData
import Records
import TopicLog

/// How large `user_daily.csv` is going to be, as far as one can tell before it is written.
struct TableForecast: Equatable {
  var users: Int
  var days: Int

  /// What a row takes on average in generated days.
  private static let rowBytes = 79.0
  /// A larger table is worth a word.
  private static let largeBytes = 1e9

  static let generatedAdvice = "fewer users (--n-users) or days (--days) make it smaller"
  static let importedAdvice = "fewer users or days (--from, --to) make it smaller"

  init(users: Int, days: Int) { (self.users, self.days) = (users, days) }

  /// Of days that were imported: as many as lie between the first and the last event that are replayed.
  ///
  /// - Returns: `nil` where no event has a time.
  init?(in folders: FolderArguments, pace: PaceArguments? = nil) throws {
    let raw = RawTopic.events
    let reader = try TopicReader(directory: folders.topicsDir + "/" + raw.rawValue, timeOf: raw.timeOf)
    guard var first = try reader.firstTime(raw.timeOf), var last = try reader.watermark else { return nil }
    if let from = pace?.from?.time { first = max(first, from) }
    if let end = pace?.end { last = min(last, end) }
    let days = Int(last.date.daysSinceEpoch) - Int(first.date.daysSinceEpoch) + 1
    let users = RawTopic.users
    let count = try TopicReader(directory: folders.topicsDir + "/" + users.rawValue, timeOf: users.timeOf).nextOffset
    self.init(users: count, days: max(0, days))
  }

  var rows: Double { Double(users) * Double(days) }
  var bytes: Double { rows * TableForecast.rowBytes }

  /// What a person should know; `nil` where the table is of an ordinary size.
  func warning(_ advice: String) -> String? {
    guard bytes > TableForecast.largeBytes else { return nil }
    let count = rows < 1e15 ? Figures.grouped(Int(rows)) : "\(rows)"
    return "user_daily.csv will have about \(count) rows (\(Figures.count(users, "user")) x "
      + "\(Figures.count(days, "day"))), \(Figures.decimal(min(bytes / 1e9, 1e9), 1)) GB: \(advice)"
  }
}

extension TopicReader {
  /// The first event time that can be read; `nil` where no message has one.
  func firstTime(_ timeOf: LineTime) throws -> EventTime? {
    var offset = firstOffset
    while let slice = try slice(from: offset, maxBytes: 1 << 16) {
      var found: EventTime?
      slice.withBytes { lines in
        lines.forEachLine { line in if found == nil { found = timeOf(line) } }
      }
      if let found { return found }
      offset = slice.endOffset
    }
    return nil
  }
}
