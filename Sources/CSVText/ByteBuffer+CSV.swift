import Records

extension ByteBuffer {
  /// Writes a field of a CSV row, in quotes only when it has a comma, a quote or a line end in it (RFC 4180).
  @inline(__always)
  public func append(csvField field: UnsafeRawBufferPointer) {
    for byte in field where byte == 0x2c || byte == 0x22 || byte == 0x0a || byte == 0x0d {
      return append(quotedCSVField: field)
    }
    append(field)
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
