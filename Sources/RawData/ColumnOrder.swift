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
    var free = LowestFirst(names.indices.filter { waiting[$0] == 0 })
    var firstLeft = 0
    var order: [String] = []
    while order.count < names.count {
      while firstLeft < names.count, isTaken[firstLeft] { firstLeft += 1 }
      let next = free.removeFirst() ?? firstLeft
      if isTaken[next] { continue }
      isTaken[next] = true
      order.append(names[next])
      for place in followers[next] {
        waiting[place] -= 1
        if waiting[place] == 0 { free.insert(place) }
      }
    }
    return order
  }
}

/// Numbers that are taken out in ascending order: a binary heap (Knuth, The Art of Computer Programming, volume 3, 5.2.3).
private struct LowestFirst {
  private var heap: [Int]

  /// - Parameter sorted: The numbers to begin with, in ascending order.
  init(_ sorted: [Int]) { heap = sorted }

  mutating func insert(_ number: Int) {
    heap.append(number)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> Int? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    if heap.isEmpty { return first }
    heap[0] = last
    var parent = 0
    while 2 * parent + 1 < heap.count {
      var child = 2 * parent + 1
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < heap[parent] else { break }
      heap.swapAt(child, parent)
      parent = child
    }
    return first
  }
}
