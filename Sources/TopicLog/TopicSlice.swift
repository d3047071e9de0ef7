/// Some records of a topic, in memory that is mapped from its file.
public struct TopicSlice: @unchecked Sendable {
  // Guard of `@unchecked Sendable`: the memory is only ever read, and `owner` keeps it where it is.

  /// The offset of the first record.
  public let offset: Int
  /// How many records; at least one.
  public let count: Int
  /// The records as whole lines, each ended by `\n`; valid as long as `owner` is held.
  ///
  /// A slice that is not used any more may be released before the bytes taken out of it are: use
  /// ``withBytes(_:)``, or hold on to ``owner``.
  public let bytes: UnsafeRawBufferPointer
  /// Keeps the memory. Whoever hands `bytes` on without copying them retains this until they are done with.
  public let owner: SliceMemory

  /// The offset behind the last record.
  public var endOffset: Int { offset + count }

  /// Gives access to the bytes, which are sure to stay during the call.
  @inline(__always)
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(bytes)
  }
}
