/// Where a sorter puts the runs that do not fit in memory: bytes that grow at the end and are read anywhere.
///
/// A storage serves one sorter. `append` is called by one thread at a time and never together with `read`; reads may
/// come from another thread than the appends before them.
public protocol RunStorage: AnyObject {
  /// The number of bytes appended so far.
  var byteCount: Int { get }

  /// Adds bytes at the end. Blocks until they are handed over.
  func append(_ bytes: UnsafeRawBufferPointer) throws

  /// Fills the whole of `destination` with the bytes from `offset` on. Blocks.
  ///
  /// The range lies inside `0..<byteCount`.
  func read(at offset: Int, into destination: UnsafeMutableRawBufferPointer) throws
}
