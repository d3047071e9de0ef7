import CNumberText

/// A growable run of bytes that output is assembled in, one allocation for many messages.
///
/// A class, so that a stage and whoever drains it share one buffer without copies. Not thread-safe: it belongs to one
/// thread at a time.
public final class ByteBuffer {
  /// How many bytes have been written.
  @inlinable
  public var count: Int { used }

  // checking every access for overlap costs more than the appends themselves; one thread owns a buffer
  @exclusivity(unchecked) @usableFromInline var used = 0
  @exclusivity(unchecked) @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) @usableFromInline var capacity: Int

  /// Creates an empty buffer with room for `capacity` bytes.
  public init(capacity: Int = 1 << 16) {
    self.capacity = max(64, capacity)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  /// The content; valid until the next change.
  @inlinable @inline(__always)
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: used) }

  /// Where the next byte goes, after `room` bytes are sure to fit. Followed by `advance(by:)`.
  @inlinable @inline(__always)
  public func writing(atMost room: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity &- used < room { grow(by: room) }
    return base + used
  }

  /// Counts `written` bytes that were put at the pointer `writing(atMost:)` gave.
  @inlinable @inline(__always)
  public func advance(by written: Int) { used &+= written }

  /// Forgets the content and keeps the memory.
  @inlinable
  public func removeAll() { used = 0 }

  /// Cuts off everything behind the first `length` bytes.
  public func truncate(to length: Int) { used = min(used, length) }

  /// Drops the first `length` bytes; the rest moves to the front.
  @inlinable
  public func removeFirst(_ length: Int) {
    used -= length
    if used > 0 { base.update(from: base + length, count: used) }
  }

  @inlinable @inline(__always)
  public func append(_ byte: UInt8) {
    writing(atMost: 1).pointee = byte
    used &+= 1
  }

  @inlinable @inline(__always)
  public func append(_ source: UnsafePointer<UInt8>, _ length: Int) {
    writing(atMost: length).update(from: source, count: length)
    used &+= length
  }

  @inlinable @inline(__always)
  public func append(_ source: UnsafeRawBufferPointer) {
    guard let start = source.baseAddress else { return }
    append(start.assumingMemoryBound(to: UInt8.self), source.count)
  }

  public func append(_ source: [UInt8]) {
    source.withUnsafeBytes { append($0) }
  }

  @inlinable @inline(__always)
  public func append(_ text: StaticString) {
    append(text.utf8Start, text.utf8CodeUnitCount)
  }

  public func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Writes a decimal integer.
  @inlinable @inline(__always)
  public func append(decimal value: Int) {
    let start = writing(atMost: 20)
    used &+= writeDecimal(value, to: start)
  }

  /// Writes a double as its shortest round-trip text (Python's `repr`): `45.0`, `1e-05`, `inf`, `-inf`, `nan`.
  @inlinable @inline(__always)
  public func append(double value: Double) {
    let start = UnsafeMutableRawPointer(writing(atMost: 32)).assumingMemoryBound(to: CChar.self)
    used &+= dl_write_double(value, start)
  }

  /// Writes a double as a JSON value: a number, or one of the texts `"inf"`, `"-inf"` and `"nan"`, for which JSON has no
  /// number.
  public func append(jsonDouble value: Double) {
    if value.isFinite { return append(double: value) }
    append(UInt8(ascii: "\""))
    append(double: value)
    append(UInt8(ascii: "\""))
  }

  @usableFromInline
  func grow(by room: Int) {
    let larger = max(capacity * 2, used + room)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    moved.update(from: base, count: used)
    base.deallocate()
    base = moved
    capacity = larger
  }
}

/// Writes `value` in decimal, without leading zeros.
///
/// - Parameter destination: Room for 20 bytes.
/// - Returns: The number of bytes written.
@inlinable @inline(__always)
public func writeDecimal(_ value: Int, to destination: UnsafeMutablePointer<UInt8>) -> Int {
  var to = destination
  var rest = value.magnitude
  if value < 0 {
    to.pointee = UInt8(ascii: "-")
    to += 1
  }
  var digits = 1
  var bound: UInt = 10
  while rest >= bound {
    digits &+= 1
    if digits == 20 { break }
    bound = bound &* 10
  }
  var at = to + digits
  repeat {
    at -= 1
    let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
    at.pointee = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
    rest = quotient
  } while rest > 0
  return (to - destination) &+ digits
}
