#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Finds the event time in a message without taking all of it apart.
public struct EventTimeField: Sendable {
  /// The member that says when an event happened.
  public static let eventTime = EventTimeField(key: "\"event_time\":\"")
  /// The member that says which day a row is about.
  public static let asOfDate = EventTimeField(key: "\"as_of_date\":\"")

  private let key: StaticString

  /// The member's name.
  public var name: String {
    String(decoding: UnsafeRawBufferPointer(start: key.utf8Start + 1, count: key.utf8CodeUnitCount - 4), as: UTF8.self)
  }

  /// The event time of one message, its line feed left out; nothing where it cannot be read.
  ///
  /// A message in the form that Daylapse writes has the member near its front; others are taken apart as JSON.
  @inline(__always)
  public func read(_ line: UnsafeRawBufferPointer) -> EventTime? {
    let length = key.utf8CodeUnitCount
    // the text in front of the member is two ids at most, so a string elsewhere cannot be mistaken for it
    guard let found = find(in: line) else { return readAny(line) }
    let start = found + length
    let rest = UnsafeRawBufferPointer(rebasing: line[start...])
    guard let quote = memchr(rest.baseAddress!, 0x22, min(rest.count, 40)) else { return readAny(line) }
    let text = UnsafeRawBufferPointer(rebasing: rest[..<(UnsafeRawPointer(quote) - rest.baseAddress!)])
    guard isPlainPrefix(line, upTo: start - length), isPlainRest(line, from: start) else { return readAny(line) }
    return EventTime(bytes: text) ?? readAny(line)
  }

  /// Where the member starts, if that is near the front.
  @inline(__always)
  private func find(in line: UnsafeRawBufferPointer) -> Int? {
    let length = key.utf8CodeUnitCount
    for index in 0..<max(0, min(line.count, 80) - length) where line[index] == UInt8(ascii: "\"") {
      if memcmp(line.baseAddress! + index, key.utf8Start, length) == 0 { return index }
    }
    return nil
  }

  /// Whether everything before the member is `{"…":N,` without quotes in values or escapes.
  @inline(__always)
  private func isPlainPrefix(_ line: UnsafeRawBufferPointer, upTo end: Int) -> Bool {
    var quotes = 0
    for index in 0..<end {
      if line[index] == UInt8(ascii: "\\") { return false }
      if line[index] == UInt8(ascii: "\"") { quotes += 1 }
    }
    // names only: each of at most two members before this one has two quotes
    return quotes <= 4 && end > 0 && !line[1..<end].contains(UInt8(ascii: "{")) && line[0] == UInt8(ascii: "{")
  }

  /// Whether what follows has no such member again, no escape that could hide one, nothing nested, and comes to an end.
  @inline(__always)
  private func isPlainRest(_ line: UnsafeRawBufferPointer, from start: Int) -> Bool {
    guard line.last == UInt8(ascii: "}"),
      memchr(line.baseAddress! + start, Int32(UInt8(ascii: "\\")), line.count - start) == nil
    else { return false }
    // the name in its quotes: what separates it from its value may be spaced
    let length = key.utf8CodeUnitCount - 2
    for index in start..<line.count {
      switch line[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): return false
      case UInt8(ascii: "\""):
        if line.count - index > length, memcmp(line.baseAddress! + index, key.utf8Start, length) == 0 { return false }
      default: break
      }
    }
    return true
  }

  private func readAny(_ line: UnsafeRawBufferPointer) -> EventTime? {
    guard let text = (try? JSONValue(parsing: line))?[name]?.stringValue else { return nil }
    return EventTime(text)
  }
}
