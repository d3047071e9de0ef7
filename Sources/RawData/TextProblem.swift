import CSVText
import Records

/// Why a file's first row is no row of names: what the file is instead, or what is wrong with it, and what to do.
struct TextProblem: Equatable, CustomStringConvertible {
  let description: String

  /// How much of the row is looked at: what a file is shows at its beginning.
  private static let byteLimit = 1 << 16

  /// - Returns: `nil` where the row can be taken for a header.
  init?(ofFirstRow row: borrowing CSVRow) {
    let bytes = UnsafeRawBufferPointer(rebasing: row.bytes.prefix(TextProblem.byteLimit))
    if let kind = TextProblem.kind(of: bytes) {
      description = kind
    } else if let place = row.bytes.firstNonUTF8 {
      let before = row.bytes.prefix(place)
      let column = before.reduce(1) { $1 == UInt8(ascii: ",") ? $0 + 1 : $0 }
      description =
        "the first row is not UTF-8: byte \(row.bytes[place].hexadecimal) at byte \(place + 1), in column \(column); "
        + "save the file as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8)"
    } else if let fault = row.fault {
      let field = row.faultIndex.map { " in column \($0 + 1)" } ?? ""
      description = "the first row names no columns: \(fault)\(field); correct the file's first line"
    } else {
      return nil
    }
  }

  /// What a file is that begins with these bytes, and what to do with it; `nil` for text in lines.
  private static func kind(of bytes: UnsafeRawBufferPointer) -> String? {
    for (mark, name) in marks where bytes.starts(with: mark) { return name }
    if let zero = bytes.firstIndex(of: 0) {
      let places = bytes.prefix(64).indices.filter { bytes[$0] == 0 }
      let isWide = places.count >= min(64, bytes.count) / 2 - 1 && Set(places.map { $0 % 2 }).count == 1
      if isWide, bytes.count >= 4 {
        let encoding = zero % 2 == 1 ? "UTF-16LE" : "UTF-16BE"
        return "it is in UTF-16, without a byte order mark; \(convert(encoding))"
      }
      return "the first row is no text: it has a NUL at byte \(zero + 1); this is no CSV file, or one that was damaged"
    }
    return lineEndProblem(of: bytes)
  }

  private static func convert(_ encoding: String) -> String {
    "save it as UTF-8 (iconv -f \(encoding) -t UTF-8)"
  }

  private static let marks: [([UInt8], String)] = [
    ([0xFF, 0xFE, 0x00, 0x00], "it is in UTF-32; \(convert("UTF-32"))"),
    ([0x00, 0x00, 0xFE, 0xFF], "it is in UTF-32; \(convert("UTF-32"))"),
    ([0xFF, 0xFE], "it is in UTF-16; \(convert("UTF-16"))"), ([0xFE, 0xFF], "it is in UTF-16; \(convert("UTF-16"))"),
    (Array("PK\u{3}\u{4}".utf8), "it is a ZIP archive, as .xlsx files are; save the table as CSV"),
    ([0xD0, 0xCF, 0x11, 0xE0], "it is an old Excel file; save the table as CSV"),
    (Array("PAR1".utf8), "it is a Parquet file; write the table as CSV"),
    (Array("SQLite format 3".utf8), "it is an SQLite database; write the table as CSV"),
    ([0x28, 0xB5, 0x2F, 0xFD], "it is compressed with zstd; decompress it (unzstd)"),
    (Array("BZh".utf8), "it is compressed with bzip2; decompress it (bunzip2)"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "it is compressed with xz; decompress it (unxz)"),
  ]

  /// Carriage returns outside quotes: a line end of its own kind.
  private static func lineEndProblem(of bytes: UnsafeRawBufferPointer) -> String? {
    var isQuoted = false
    var returns = 0
    var last: Int?
    for (index, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == 0x0D, !isQuoted {
        returns += 1
        last = index
      }
    }
    guard returns > 0, let last else { return nil }
    if returns == 1, last == bytes.count - 1 {
      return "its lines end in CR CR LF; make them end in LF (tr -d '\\r')"
    }
    return "its lines end in CR alone; make them end in LF (tr '\\r' '\\n')"
  }
}
