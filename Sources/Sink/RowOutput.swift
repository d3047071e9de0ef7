import Records

/// Where finished CSV rows go.
public protocol RowOutput: AnyObject {
  /// Rows are formatted straight into this buffer.
  var buffer: ByteBuffer { get }
  /// Passes the buffer on when it has filled up. May block.
  func flushIfNeeded() throws
}
