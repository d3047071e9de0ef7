/// The signs that a display is drawn with.
struct Glyphs: Equatable {
  var barEnds: (left: String, right: String)
  /// How a column of a bar looks, from empty to full.
  var barSteps: [String]
  var ellipsis: String
  var separator: String
  var right: String
  var upAndDown: String

  static let unicode = Glyphs(
    barEnds: ("▕", "▏"), barSteps: [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"], ellipsis: "…", separator: " · ",
    right: "→", upAndDown: "↑↓")
  static let ascii = Glyphs(
    barEnds: ("[", "]"), barSteps: [" ", "#"], ellipsis: "...", separator: " | ", right: "right", upAndDown: "up/down")

  /// A bar so many columns wide, its ends included.
  func bar(_ fraction: Double, width: Int) -> String {
    let inner = max(0, width - 2)
    let full = barSteps.count - 1
    let steps = Int((min(max(fraction, 0), 1) * Double(inner * full)).rounded(.down))
    var text = barEnds.left
    for column in 0..<inner { text += barSteps[min(max(steps - column * full, 0), full)] }
    return text + barEnds.right
  }

  static func == (left: Glyphs, right: Glyphs) -> Bool { left.ellipsis == right.ellipsis }
}
