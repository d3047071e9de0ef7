/// A point of event time, to the second, without a time zone (UTC by convention).
public struct EventTime: Hashable, Comparable, Sendable {
  public static let secondsPerDay = 86_400

  /// Seconds since 1970-01-01T00:00:00.
  public var secondsSinceEpoch: Int

  public init(secondsSinceEpoch: Int) { self.secondsSinceEpoch = secondsSinceEpoch }

  public init(_ date: CivilDate, secondOfDay: Int = 0) {
    secondsSinceEpoch = Int(date.daysSinceEpoch) * EventTime.secondsPerDay + secondOfDay
  }

  /// Reads `YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]]]`, with a time optionally followed by `Z` or an offset (`+05:30`,
  /// `-0800`, `+02`), which turns it to UTC. The fraction is dropped, white space around is ignored.
  public init?(_ text: some StringProtocol) {
    var text = String(text)
    guard let time = text.withUTF8({ EventTime(bytes: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = time
  }

  /// As ``init(_:)``, from UTF-8.
  public init?(bytes untrimmed: UnsafeRawBufferPointer) {
    let bytes = untrimmed.trimmed
    guard bytes.count >= 10, let date = CivilDate(bytes: UnsafeRawBufferPointer(rebasing: bytes[..<10])) else {
      return nil
    }
    self.init(date)
    guard bytes.count > 10 else { return }
    guard bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
      bytes.count >= 16, bytes[13] == UInt8(ascii: ":"),
      let hour = decimal(bytes, 11, 2), let minute = decimal(bytes, 14, 2), hour < 24, minute < 60
    else { return nil }
    secondsSinceEpoch += hour * 3600 + minute * 60
    var at = 16
    if at < bytes.count, bytes[at] == UInt8(ascii: ":") {
      guard at + 3 <= bytes.count, let second = decimal(bytes, at + 1, 2), second < 60 else { return nil }
      secondsSinceEpoch += second
      at += 3
      if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
        let fraction = at + 1
        at = fraction
        while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 { at += 1 }
        guard at > fraction else { return nil }
      }
    }
    if at < bytes.count {
      guard let offset = EventTime.zoneOffset(UnsafeRawBufferPointer(rebasing: bytes[at...])) else { return nil }
      secondsSinceEpoch -= offset
      guard (CivilDate.earliest...CivilDate.latest).contains(self.date) else { return nil }
    }
  }

  public var date: CivilDate {
    let (quotient, remainder) = secondsSinceEpoch.quotientAndRemainder(dividingBy: EventTime.secondsPerDay)
    return CivilDate(daysSinceEpoch: Int32(clamping: remainder < 0 ? quotient - 1 : quotient))
  }

  /// The first and the last second that can be written with a four-digit year.
  public static let earliest = EventTime(CivilDate.earliest)
  public static let latest = EventTime(CivilDate.latest, secondOfDay: secondsPerDay - 1)

  /// The time so many seconds later, or earlier where that is negative; no further than times can be written.
  public func advanced(bySeconds seconds: Int) -> EventTime {
    let (sum, isBeyond) = secondsSinceEpoch.addingReportingOverflow(seconds)
    if isBeyond { return seconds < 0 ? EventTime.earliest : EventTime.latest }
    return min(max(EventTime(secondsSinceEpoch: sum), EventTime.earliest), EventTime.latest)
  }

  /// The midnight that ends the day of this time; ``latest`` where no day follows.
  public var nextMidnight: EventTime {
    let date = date
    guard date < CivilDate.latest else { return EventTime.latest }
    return EventTime(CivilDate(daysSinceEpoch: max(date, CivilDate.earliest).daysSinceEpoch + 1))
  }

  public var secondOfDay: Int {
    let remainder = secondsSinceEpoch % EventTime.secondsPerDay
    return remainder < 0 ? remainder + EventTime.secondsPerDay : remainder
  }

  public static func < (left: EventTime, right: EventTime) -> Bool {
    left.secondsSinceEpoch < right.secondsSinceEpoch
  }

  /// Writes `YYYY-MM-DDTHH:MM:SS`: nineteen bytes at `destination`.
  public func write(to destination: UnsafeMutablePointer<UInt8>) {
    date.write(to: destination)
    destination[10] = UInt8(ascii: "T")
    let second = secondOfDay
    writePair(second / 3600, to: destination + 11)
    destination[13] = UInt8(ascii: ":")
    writePair(second / 60 % 60, to: destination + 14)
    destination[16] = UInt8(ascii: ":")
    writePair(second % 60, to: destination + 17)
  }

  /// Seconds east of UTC that `Z`, `±HH`, `±HHMM` or `±HH:MM` stand for.
  private static func zoneOffset(_ zone: UnsafeRawBufferPointer) -> Int? {
    if zone.count == 1, zone[0] == UInt8(ascii: "Z") { return 0 }
    guard zone[0] == UInt8(ascii: "+") || zone[0] == UInt8(ascii: "-") else { return nil }
    guard zone.count >= 3, let hours = decimal(zone, 1, 2), hours < 24 else { return nil }
    var seconds = hours * 3600
    if zone.count > 3 {
      let minutesAt = zone[3] == UInt8(ascii: ":") ? 4 : 3
      guard zone.count == minutesAt + 2, let minutes = decimal(zone, minutesAt, 2), minutes < 60 else { return nil }
      seconds += minutes * 60
    }
    return zone[0] == UInt8(ascii: "-") ? -seconds : seconds
  }
}

extension EventTime: CustomStringConvertible {
  public var description: String {
    String(unsafeUninitializedCapacity: 19) {
      write(to: $0.baseAddress!)
      return 19
    }
  }
}
