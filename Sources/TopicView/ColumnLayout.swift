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
    while widths.count > 1, total(widths) > limit { widths.removeLast() }
    // what columns that are gone leave free goes to those that were cut
    var left = limit - total(widths)
    for index in widths.indices where left > 0 {
      let more = min(left, max(needs[index].header, needs[index].value) - widths[index])
      widths[index] += more
      left -= more
    }
    if widths.count == 1 { widths[0] = min(widths[0], max(1, limit)) }
    return widths
  }

  static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) }

  private static func shrink(_ widths: inout [Int], to minimums: [Int], limit: Int) {
    var excess = total(widths) - limit
    while excess > 0,
      let widest = widths.indices.filter({ widths[$0] > minimums[$0] }).max(by: { widths[$0] < widths[$1] })
    {
      widths[widest] -= 1
      excess -= 1
    }
  }
}
