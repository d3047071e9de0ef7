import Records

/// What one day has gathered for every user, while it is open.
///
/// Counts are added up as events come; the values that are summed or averaged are kept one by one, because their sum is
/// taken in (event time, event id) order, whatever order they arrived in.
final class DayTable {
  struct Cell {
    var totalEvents: UInt32 = 0
    var logins: UInt32 = 0
    var enrolls: UInt32 = 0
    var quizAttempts: UInt32 = 0
    var paymentSuccesses: UInt32 = 0
    var paymentFailures: UInt32 = 0
    var supportTickets: UInt32 = 0
    /// Heads of the chains of values, the latest arrival first; −1 for none.
    var watchMinutes: Int32 = -1
    var quizScores: Int32 = -1
    /// The revision that the next row of this user and day gets.
    var nextRevision: UInt32 = 0
    /// Whether something was added since the last row.
    var isDirty = false
  }

  private struct Value {
    var seconds: Int
    var eventID: Int
    var value: Double
    var next: Int32
  }

  @exclusivity(unchecked) private(set) var day: Int32
  /// Stream time at the day's first event, in seconds.
  var openedAtSeconds = Int.min
  /// How many early intervals of the day have passed.
  var earlyIntervals = 0
  let cells: UnsafeMutableBufferPointer<Cell>
  @exclusivity(unchecked) private var values: [Value] = []
  @exclusivity(unchecked) private var chain: [Value] = []
  @exclusivity(unchecked) private var sorted: [Double] = []

  init(day: Int32, userCount: Int) {
    self.day = day
    cells = .allocate(capacity: userCount)
    cells.initialize(repeating: Cell())
  }

  deinit { cells.deallocate() }

  /// Empties the table for another day.
  func reuse(for day: Int32) {
    self.day = day
    earlyIntervals = 0
    cells.update(repeating: Cell())
    values.removeAll(keepingCapacity: true)
  }

  /// Adds an event of this day to a user's cell.
  ///
  /// - Returns: Nothing where it was added, otherwise the number text that could not be read.
  @inline(__always)
  func add(_ event: EventView, user: Int) -> ByteSpan? {
    let cell = cells.baseAddress! + user
    cell.pointee.totalEvents &+= 1
    cell.pointee.isDirty = true
    switch event.type {
    case .login: cell.pointee.logins &+= 1
    case .courseEnroll: cell.pointee.enrolls &+= 1
    case .paymentSuccess: cell.pointee.paymentSuccesses &+= 1
    case .paymentFailed: cell.pointee.paymentFailures &+= 1
    case .supportTicket: cell.pointee.supportTickets &+= 1
    case .videoWatch:
      guard event.watchMinutes.count > 0 else { break }
      guard let value = NumberText.canonicalDouble(event.watchMinutes) else { return event.watchMinutes }
      values.append(
        Value(seconds: event.seconds, eventID: event.eventID, value: value, next: cell.pointee.watchMinutes))
      cell.pointee.watchMinutes = Int32(values.count - 1)
    case .quizAttempt:
      cell.pointee.quizAttempts &+= 1
      guard event.quizScore.count > 0 else { break }
      guard let value = NumberText.canonicalDouble(event.quizScore) else { return event.quizScore }
      values.append(Value(seconds: event.seconds, eventID: event.eventID, value: value, next: cell.pointee.quizScores))
      cell.pointee.quizScores = Int32(values.count - 1)
    case .other: break
    }
    return nil
  }

  /// The sum and the number of the values in a chain.
  func sum(from head: Int32) -> (sum: Double, count: Int) {
    if head < 0 { return (0, 0) }
    let first = values[Int(head)]
    if first.next < 0 { return (first.value + 0.0, 1) }
    chain.removeAll(keepingCapacity: true)
    var at = head
    while at >= 0 {
      chain.append(values[Int(at)])
      at = values[Int(at)].next
    }
    chain.reverse()
    // arrivals are in order but for disorder
    if !isInOrder { chain.sort { ($0.seconds, $0.eventID) < ($1.seconds, $1.eventID) } }
    sorted.removeAll(keepingCapacity: true)
    for value in chain { sorted.append(value.value) }
    return (sorted.withUnsafeBufferPointer { pairwiseSum($0) }, sorted.count)
  }

  /// Whether the values of the chain are in the order of their sum.
  private var isInOrder: Bool {
    for index in 1..<chain.count {
      let (before, value) = (chain[index - 1], chain[index])
      if value.seconds < before.seconds || value.seconds == before.seconds && value.eventID < before.eventID {
        return false
      }
    }
    return true
  }
}
