/// How fast a figure has grown of late.
struct RateMeter {
  /// How far back it looks, in nanoseconds.
  static let windowNanoseconds = 3_000_000_000
  /// Samples closer to each other than this, in nanoseconds, say no more than one of them.
  private static let spacingNanoseconds = 50_000_000
  private var samples: [(value: Double, at: Int)] = []

  /// Notes the figure at a moment, in nanoseconds. One that has fallen, as that of a stage that was started again,
  /// starts anew.
  mutating func note(_ value: Double, at now: Int) {
    if let last = samples.last {
      if value < last.value { samples = [] }
      // a figure that stands still has its rate sink in steps, not at every look
      let spacing = value == last.value ? 10 * RateMeter.spacingNanoseconds : RateMeter.spacingNanoseconds
      if value >= last.value, now - last.at < spacing { return }
    }
    samples.append((value, now))
    while samples.count > 2, samples[1].at <= now - RateMeter.windowNanoseconds { samples.removeFirst() }
  }

  /// Its growth per second; nothing before there is enough to tell.
  var perSecond: Double? {
    guard let first = samples.first, let last = samples.last, last.at - first.at >= 200_000_000 else { return nil }
    return (last.value - first.value) / (Double(last.at - first.at) / 1e9)
  }
}
