import CSVText
import Records

/// The first row of a raw CSV file: what its columns are called.
struct RawHeader {
  /// A name for each column, in file order, none of them twice.
  let names: [String]
  let path: String
  /// What a person should know of them.
  private(set) var warnings: [String] = []
  private let positions: [String: Int]

  /// How many columns a message names, at most.
  private static let listLimit = 24

  /// - Throws: ``ImportError`` where this is no header, or where it lacks a column that the topic must have.
  init(_ row: borrowing CSVRow, path: String, topic: RawTopic) throws {
    self.path = path
    if let problem = TextProblem(ofFirstRow: row) { throw ImportError(path: path, problem: problem.description) }
    let found = (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }
    let (names, repeats) = RawHeader.distinct(found)
    self.names = names
    positions = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    let missing = topic.requiredColumns.filter { positions[$0] == nil }
    guard missing.isEmpty else {
      throw ImportError(path: path, problem: RawHeader.complaint(of: found, missing: missing, topic: topic))
    }
    for (column, first) in repeats.prefix(5) {
      warnings.append(
        "\(path): column \(found[column].visible(limit: 60)) is named twice, as columns \(first + 1) and \(column + 1): "
          + "the first one counts, the other is kept as \(names[column].visible(limit: 60))")
    }
    if repeats.count > 5 {
      warnings.append("\(path): \(repeats.count - 5) more columns are named like ones before them")
    }
  }

  func position(of name: String) -> Int? { positions[name] }

  /// The columns that are not among the topic's own, in file order.
  func extraColumns(of topic: RawTopic) -> [String] {
    let own = Set(topic.columns)
    return names.filter { !own.contains($0) }
  }

  /// Says which columns are none of the topic's own; `nil` where all are.
  func extraColumnsWarning(of topic: RawTopic) -> String? {
    let own = Set(topic.columns)
    let extra = names.indices.filter { !own.contains(names[$0]) }
    guard !extra.isEmpty else { return nil }
    let list = RawHeader.list(extra.map { RawHeader.shown(names[$0], at: $0) })
    return
      "\(path): \(list) \(extra.count == 1 ? "is an extra column" : "are extra columns"), kept in the raw topic and left "
      + "out of everything clean"
  }

  /// A name as messages show it: quoted, with whatever cannot be seen as an escape; an empty one by its place.
  static func shown(_ name: String, at column: Int) -> String {
    name.isEmpty ? "column \(column + 1) (unnamed)" : name.visible(limit: 60)
  }

  /// Gives names that are there before a number, as pandas does: `amount`, `amount.1`.
  ///
  /// - Returns: The names, and each column that had another's name with the first one of that name.
  private static func distinct(_ found: [String]) -> (names: [String], repeats: [(column: Int, first: Int)]) {
    let all = Set(found)
    var taken: Set<String> = []
    var firsts: [String: Int] = [:]
    var numbers: [String: Int] = [:]
    var names: [String] = []
    var repeats: [(column: Int, first: Int)] = []
    for (column, name) in found.enumerated() {
      guard let first = firsts[name] else {
        firsts[name] = column
        taken.insert(name)
        names.append(name)
        continue
      }
      // a name that the file has itself stays with the column that has it
      var number = numbers[name] ?? 1
      while all.contains("\(name).\(number)") || taken.contains("\(name).\(number)") { number += 1 }
      numbers[name] = number + 1
      names.append("\(name).\(number)")
      taken.insert("\(name).\(number)")
      repeats.append((column, first))
    }
    return (names, repeats)
  }

  private static func complaint(of found: [String], missing: [String], topic: RawTopic) -> String {
    let whole = found.joined(separator: ",")
    for (separator, name) in [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")] as [(Character, String)] {
      let names = whole.split(separator: separator, omittingEmptySubsequences: false).map {
        $0.filter { $0 != "\"" && $0 != " " }
      }
      if topic.requiredColumns.allSatisfy(names.contains) {
        return "its columns are separated by \(name), not by commas; save it with commas as separators"
      }
    }
    return "column \(missing.joined(separator: ", ")) is missing; the first row names "
      + list(found.enumerated().map { shown($1, at: $0) })
  }

  private static func list(_ names: [String]) -> String {
    let more = names.count - listLimit
    return names.prefix(listLimit).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
