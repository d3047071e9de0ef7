/// The order of columns that agrees with the order of fields in every message, as far as there is one.
struct ColumnOrder {
  /// As they were first seen.
  private(set) var names: [String] = []
  private var positions: [String: Int] = [:]
  /// For each name the names that some message has right behind it.
  private var followers: [Set<Int>] = []
  private var lastFields: [String] = []

  /// Takes note of the fields of a message.
  mutating func add(_ fields: [String]) {
    guard fields != lastFields else { return }
    lastFields = fields
    var before: Int?
    for name in fields {
      let place = position(of: name)
      if let before, before != place { followers[before].insert(place) }
      before = place
    }
  }

  private mutating func position(of name: String) -> Int {
    if let known = positions[name] { return known }
    positions[name] = names.count
    names.append(name)
    followers.append([])
    return names.count - 1
  }

  /// All names, each behind those that some message has before it; of those that are free the one that was seen first.
  /// Where messages contradict each other, in the order they were first seen.
  var agreed: [String] {
    var waiting = Array(repeating: 0, count: names.count)
    for following in followers { for place in following { waiting[place] += 1 } }
    var isTaken = Array(repeating: false, count: names.count)
    var order: [String] = []
    while order.count < names.count {
      let next =
        names.indices.first { !isTaken[$0] && waiting[$0] == 0 } ?? names.indices.first { !isTaken[$0] }!
      isTaken[next] = true
      order.append(names[next])
      for place in followers[next] { waiting[place] -= 1 }
    }
    return order
  }
}
