/// Gives back event messages that a step has already seen, for days that were closed and have to be corrected.
public protocol EventHistory: AnyObject {
  /// Calls `body` with whole lines of `events.clean`, together those with offsets in `offsets`, in order.
  ///
  /// Blocks until all of them were there.
  func forEachBatch(in offsets: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}
