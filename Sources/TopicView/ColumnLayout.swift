/// How wide the columns of a table are, and which of them fit.
public enum ColumnLayout {
  /// What a column would like to have, in characters.
  public struct Need: Equatable, Sendable {
    public var header: Int
    /// Its widest value.
    public var value: Int
    /// Whether its values say something when they are cut; numbers and times do not.
    public var canBeCut: Bool

    public init(header: Int, value: Int, canBeCut: Bool) {
      self.header = header
      self.value = value
      self.canBeCut = canBeCut
    }
  }

  /// Blanks between columns.
  public static let gap = 2
  /// Headers and texts are not cut below this.
  static let headerMinimum = 5
  static let textMinimum = 10

  /// Fits columns into a width: first headers are cut, the longest first, then texts, then columns are left out, those on
  /// the right first.
  ///
  /// - Parameter limit: How wide a row may be; nothing for any width.
  /// - Returns: The widths of the columns that fit, from the left; at least one.
  public static func widths(_ needs: [Need], limit: Int?) -> [Int] {
    var widths = needs.map { max($0.header, $0.value) }
    guard let limit else { return widths }
    let afterHeaders = needs.map { max($0.value, min($0.header, headerMinimum)) }
    let afterTexts = zip(needs, afterHeaders).map { $0.canBeCut ? min($1, textMinimum) : $1 }
    for minimums in [afterHeaders, afterTexts] { shrink(&widths, to: minimums, limit: limit) }
    var used = total(widths)
    while widths.count > 1, used > limit { used -= widths.removeLast() + gap }
    // what columns that are gone leave free goes to those that were cut
    var left = limit - used
    for index in widths.indices where left > 0 {
      let more = min(left, max(needs[index].header, needs[index].value) - widths[index])
      widths[index] += more
      left -= more
    }
    if widths.count == 1 { widths[0] = min(widths[0], max(1, limit)) }
    return widths
  }

  static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }

  /// Cuts the widest columns to one common width, none below its minimum, until no more than the limit is taken.
  private static func shrink(_ widths: inout [Int], to minimums: [Int], limit: Int) {
    let excess = total(widths) - limit
    guard excess > 0 else { return }
    func cut(to level: Int) -> Int {
      zip(widths, minimums).reduce(0) { $0 + max(0, $1.0 - max($1.1, level)) }
    }
    // the lowest common width for which not more is cut than has to be
    var (low, high) = (0, widths.max() ?? 0)
    while low < high {
      let middle = (low + high) / 2
      if cut(to: middle) <= excess { high = middle } else { low = middle + 1 }
    }
    var rest = excess - cut(to: low)
    for index in widths.indices {
      widths[index] = min(widths[index], max(minimums[index], low))
      guard rest > 0, widths[index] == low, low > minimums[index] else { continue }
      widths[index] -= 1
      rest -= 1
    }
  }
}
