import Foundation
import Records
import TestSupport

@testable import CSVText
@testable import OutputFiles

extension FuzzTarget {
  static let csv = FuzzTarget("csv", seeds: csvTexts, words: ["\"\"", ",\"", "\",", "\"\n", "\r\n\r\n", "\r"]) {
    input in
    let bytes = Array(input)
    // how the text is cut up follows from the text, so that an input is all there is to keep
    let digest = bytes.reduce(2_166_136_261) { ($0 ^ Int($1)) &* 16_777_619 & 0xFFFF_FFFF }
    let limit = digest % 5 == 0 ? digest / 5 % 60 + 1 : 1 << 20
    let rows = try readCSV(bytes, limit: limit)
    let pieces = try readCSV(bytes, piece: digest / 7 % 9 + 1, buffer: 16 + digest / 11 % 50, limit: limit)
    try demand(rows == pieces, "rows are the same however the bytes arrive")
    try demand(
      rows.count <= bytes.count && zip(rows, rows.dropFirst()).allSatisfy { $0.line < $1.line || $1.part > 1 },
      "rows advance")
    try demand(rows.allSatisfy { $0.bytes.count <= limit }, "no row is beyond the limit")
    let sound = rows.filter { $0.fault == nil && $0.fields != [[]] }.map(\.fields)
    let written = ByteBuffer()
    for fields in sound {
      for (index, field) in fields.enumerated() {
        if index > 0 { written.append(",") }
        field.withUnsafeBytes { written.append(csvField: $0) }
      }
      written.append("\n")
    }
    // a mark at the very beginning is dropped, as the reader says
    if written.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return }
    try demand(try readCSV(Array(written.bytes)).map(\.fields) == sound, "what is written is read as the same")
  }

  static let gzip = FuzzTarget(
    "gzip", binarySeeds: (csvTexts + [""]).map { compressed(Array($0.utf8)) } + [Array(csvTexts[0].utf8)], rounds: 150
  ) { input in
    try withTemporaryFolder { folder in
      let path = folder + "/input"
      try Data(input).write(to: URL(filePath: path))
      let whole = contents(path, piece: 1 << 16)
      let pieces = contents(path, piece: 37)
      try demand(whole.bytes.starts(with: pieces.bytes) || pieces.bytes.starts(with: whole.bytes), "bytes are the same")
      try demand(whole.error == pieces.error, "errors are the same: \(whole.error as Any), \(pieces.error as Any)")
      if input.starts(with: [0x1F, 0x8B]) {
        if case .cannotRead = whole.error { throw FuzzViolation(description: "damage is not the disk's") }
      } else {
        try demand(whole.error == nil && whole.bytes == Array(input), "what is no gzip is read as it is")
      }
    }
  }
}

struct FuzzRow: Equatable {
  var fields: [[UInt8]]
  var line: Int
  var fault: CSVFault?
  var bytes: [UInt8]
  var part: Int
}

func readCSV(
  _ text: [UInt8], piece: Int = .max, buffer: Int = 1 << 12, limit: Int = CSVReader.defaultRowByteLimit
) throws -> [FuzzRow] {
  let source = MemoryByteSource(text, pieceByteCount: piece)
  let reader = CSVReader(source: source, bufferByteCount: buffer, rowByteLimit: limit)
  var row = CSVRow()
  var rows: [FuzzRow] = []
  while try reader.next(into: &row) {
    let fields = (0..<row.count).map { Array(row[$0]) }
    rows.append(FuzzRow(fields: fields, line: row.line, fault: row.fault, bytes: Array(row.bytes), part: row.part))
    try demand(rows.count <= text.count, "reading comes to an end")
  }
  return rows
}

/// Everything that a file decompresses to, a megabyte at most, and why it ended before.
private func contents(_ path: String, piece: Int) -> (bytes: [UInt8], error: ByteSourceError.Reason?) {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: piece)
  do {
    let source = try openByteSource(path: path)
    while bytes.count < 1 << 20 {
      let taken = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if taken == 0 { return (bytes, nil) }
      bytes += buffer[..<taken]
    }
    return (bytes, nil)
  } catch {
    return (bytes, (error as? ByteSourceError)?.reason)
  }
}

private func compressed(_ text: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 1)
  defer { piece.deallocate() }
  try! text.withUnsafeBytes { bytes in
    try GzipCompressor()!.compress(bytes, isEnd: true, piece: piece) { made in result += made }
  }
  return result
}

private let csvTexts = [
  "user_id,signup_date,plan\n1,2024-12-04,paid\n2,2024-12-14,\"free, or \"\"so\"\"\"\r\n\n3,,\n",
  "\u{feff}\"a\nb\r\nc\",d\r\ne\n\"\"\n,\n", "x,\"open\n1,2\n3,4\n", "a\"b,\"c\"d\n12345678,123456789abcdef,\"\"\"\"",
]
