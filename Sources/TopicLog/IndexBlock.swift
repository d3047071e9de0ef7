import Records

/// A run of whole lines that a sidecar has one line about: `{"offset":…,"byte":…,"count":…,"bytes":…,"time":…,"crc32c":…}`.
struct IndexBlock: Equatable {
  /// The offset of the first record.
  var offset: Int
  /// Where it begins, in bytes from the segment's beginning.
  var byte: Int
  /// How many records.
  var count: Int
  /// How many bytes.
  var byteCount: Int
  /// The highest event time of all records of the topic before the block; nothing where none had one.
  var watermark: EventTime?
  /// CRC-32C of the bytes.
  var checksum: UInt32

  var endOffset: Int { offset + count }
  var endByte: Int { byte + byteCount }

  /// Appends the sidecar's line.
  func write(to buffer: ByteBuffer) {
    buffer.append("{\"offset\":")
    buffer.append(decimal: offset)
    buffer.append(",\"byte\":")
    buffer.append(decimal: byte)
    buffer.append(",\"count\":")
    buffer.append(decimal: count)
    buffer.append(",\"bytes\":")
    buffer.append(decimal: byteCount)
    if let watermark {
      buffer.append(",\"time\":\"")
      buffer.append(time: watermark)
      buffer.append("\"")
    }
    buffer.append(",\"crc32c\":\"")
    buffer.append(checksum: checksum)
    buffer.append("\"}\n")
  }

  /// Reads a sidecar's line; nothing where it is not such a line.
  init?(_ value: JSONValue) {
    guard let offset = value["offset"]?.intValue, let byte = value["byte"]?.intValue,
      let count = value["count"]?.intValue, (1..<TopicDirectory.limit).contains(count),
      let byteCount = value["bytes"]?.intValue, (1..<TopicDirectory.limit).contains(byteCount),
      let checksum = value["crc32c"]?.stringValue.flatMap({ UInt32($0, radix: 16) })
    else { return nil }
    self.init(offset: offset, byte: byte, count: count, byteCount: byteCount, checksum: checksum)
    watermark = value["time"]?.stringValue.flatMap { EventTime($0) }
  }

  init(offset: Int, byte: Int, count: Int, byteCount: Int, watermark: EventTime? = nil, checksum: UInt32) {
    self.offset = offset
    self.byte = byte
    self.count = count
    self.byteCount = byteCount
    self.watermark = watermark
    self.checksum = checksum
  }
}

/// The last line of a finished sidecar: `{"end":{"next":…,"bytes":…,"watermark":…}}`.
struct IndexEnd: Equatable {
  /// The offset behind the segment's last record.
  var next: Int
  /// The segment's length in bytes.
  var byteCount: Int
  /// The highest event time of the topic up to the segment's end.
  var watermark: EventTime?

  func write(to buffer: ByteBuffer) {
    buffer.append("{\"end\":{\"next\":")
    buffer.append(decimal: next)
    buffer.append(",\"bytes\":")
    buffer.append(decimal: byteCount)
    if let watermark {
      buffer.append(",\"watermark\":\"")
      buffer.append(time: watermark)
      buffer.append("\"")
    }
    buffer.append("}}\n")
  }

  init?(_ value: JSONValue) {
    guard let end = value["end"], let next = end["next"]?.intValue, let byteCount = end["bytes"]?.intValue else {
      return nil
    }
    self.init(next: next, byteCount: byteCount, watermark: end["watermark"]?.stringValue.flatMap { EventTime($0) })
  }

  init(next: Int, byteCount: Int, watermark: EventTime?) {
    self.next = next
    self.byteCount = byteCount
    self.watermark = watermark
  }
}

extension ByteBuffer {
  fileprivate func append(time: EventTime) {
    time.write(to: writing(atMost: 19))
    advance(by: 19)
  }

  fileprivate func append(checksum: UInt32) {
    append(hexadecimal(checksum))
  }
}

/// Eight hexadecimal digits, as checksums are written everywhere.
func hexadecimal(_ checksum: UInt32) -> String {
  let digits = String(checksum, radix: 16)
  return String(repeating: "0", count: 8 - digits.utf8.count) + digits
}
