import Records

/// Reads the event time of one record.
///
/// Called with a line without its `\n`; gives nothing where the record has no readable time. Must depend on the bytes
/// alone.
public typealias LineTime = @Sendable (_ line: UnsafeRawBufferPointer) -> EventTime?

/// The later of two watermarks.
@inline(__always)
func later(_ left: EventTime?, _ right: EventTime?) -> EventTime? {
  guard let left else { return right }
  guard let right else { return left }
  return max(left, right)
}

extension UnsafeRawBufferPointer {
  /// A part of these bytes, with indices from 0.
  @inline(__always)
  func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }
}
