import Histogram

/// How late events left, against their time on the replay clock.
public struct LatenessHistogram {
  private var histogram = Histogram<UInt32>(
    lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .two)

  public init() {}

  /// Adds `count` events that left this late, in nanoseconds.
  public mutating func record(nanoseconds: Int, count: Int) {
    let microseconds = UInt64(min(max(0, nanoseconds / 1000), 3_600_000_000))
    histogram.record(microseconds, count: UInt32(clamping: count))
  }

  public var count: Int { Int(histogram.totalCount) }

  /// In milliseconds.
  public func percentile(_ percent: Double) -> Double { Double(histogram.valueAtPercentile(percent)) / 1000 }

  /// In milliseconds.
  public var maximum: Double { Double(histogram.max) / 1000 }
}
