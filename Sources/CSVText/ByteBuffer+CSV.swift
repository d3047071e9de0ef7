import Records

extension ByteBuffer {
  /// Writes a field of a CSV row, in quotes only when it has a comma, a quote or a line end in it (RFC 4180).
  public func append(csvField field: UnsafeRawBufferPointer) {
    guard let start = field.baseAddress, !field.isEmpty else { return }
    let count = field.count
    var needsQuotes: UInt64 = 0
    if count >= 8 {
      var at = 0
      while at &+ 8 <= count {
        needsQuotes |= specialBytes(start.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        at &+= 8
      }
      // The last eight bytes once more, so that no byte is looked at alone.
      needsQuotes |= specialBytes(start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
    } else if count >= 4 {
      let front = UInt64(start.loadUnaligned(as: UInt32.self))
      let back = UInt64(start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
      needsQuotes = specialBytes(front | back &<< 32)
    } else {
      // The first, middle and last byte are all there are.
      let bytes = (UInt64(field[0]), UInt64(field[count &>> 1]), UInt64(field[count &- 1]))
      needsQuotes = specialBytes(bytes.0 &* 0x0101_0101_0101 | bytes.1 &<< 48 | bytes.2 &<< 56)
    }
    if needsQuotes == 0 { append(field) } else { append(quotedCSVField: field) }
  }

  /// Writes a field in quotes, with its own quotes doubled.
  @inline(never)
  private func append(quotedCSVField field: UnsafeRawBufferPointer) {
    append(0x22)
    for byte in field {
      if byte == 0x22 { append(0x22) }
      append(byte)
    }
    append(0x22)
  }
}

/// Not 0 when one of the eight bytes of `word` is a comma, a quote, a CR or an LF.
@inline(__always)
private func specialBytes(_ word: UInt64) -> UInt64 {
  zeroBytes(word ^ 0x2c2c_2c2c_2c2c_2c2c) | zeroBytes(word ^ 0x2222_2222_2222_2222)
    | zeroBytes(word ^ 0x0a0a_0a0a_0a0a_0a0a) | zeroBytes(word ^ 0x0d0d_0d0d_0d0d_0d0d)
}

/// Not 0 when one of the eight bytes of `word` is 0.
@inline(__always)
private func zeroBytes(_ word: UInt64) -> UInt64 {
  (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
}
