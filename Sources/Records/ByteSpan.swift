import CNumberText

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A run of bytes inside a message, without ownership: valid as long as the buffer it points into.
public struct ByteSpan {
  public var start: UnsafePointer<UInt8>
  public var count: Int

  @inline(__always)
  public init(start: UnsafePointer<UInt8>, count: Int) {
    self.start = start
    self.count = count
  }

  @inline(__always)
  public init(start: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) {
    self.start = start
    count = end - start
  }

  /// No bytes at all.
  public static var empty: ByteSpan { ByteSpan(start: StaticString("").utf8Start, count: 0) }

  /// The whole of a buffer that is not empty.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return nil }
    start = base.assumingMemoryBound(to: UInt8.self)
    count = bytes.count
  }

  @inline(__always)
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  public var string: String { String(decoding: bytes, as: UTF8.self) }

  @inline(__always)
  public func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && memcmp(start, text.utf8Start, count) == 0
  }
}

/// Whether the bytes at `pointer` are `text`; fewer than that many before `end` are not.
@inline(__always)
func matches(_ pointer: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ text: StaticString) -> Bool {
  end - pointer >= text.utf8CodeUnitCount && memcmp(pointer, text.utf8Start, text.utf8CodeUnitCount) == 0
}

extension ByteBuffer {
  @inline(__always)
  public func append(_ span: ByteSpan) { append(span.start, span.count) }
}

extension UnsafeRawBufferPointer {
  /// Where the first line feed is, if there is one.
  @inline(__always)
  public var firstLineFeed: Int? {
    guard let baseAddress, let found = memchr(baseAddress, 0x0A, count) else { return nil }
    return UnsafeRawPointer(found) - baseAddress
  }
}
