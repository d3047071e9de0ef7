import CSVText
import Records
import Testing

struct CSVReaderTests {
  struct Row: Equatable {
    var fields: [String]
    var line: Int
    var fault: CSVFault?
    var raw: String
  }

  static func read(
    _ text: [UInt8], piece: Int = .max, buffer: Int = 1 << 18, limit: Int = CSVReader.defaultRowByteLimit
  ) throws -> [Row] {
    let source = MemoryByteSource(text, pieceByteCount: piece)
    let reader = CSVReader(source: source, bufferByteCount: buffer, rowByteLimit: limit)
    var row = CSVRow()
    var rows: [Row] = []
    while try reader.next(into: &row) {
      #expect(row.number == rows.count)
      let fields = (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }
      rows.append(
        Row(fields: fields, line: row.line, fault: row.fault, raw: String(decoding: row.bytes, as: UTF8.self)))
    }
    #expect(try !reader.next(into: &row), "the end stays the end")
    return rows
  }

  static func fields(_ text: String) throws -> [[String]] { try read(Array(text.utf8)).map(\.fields) }

  @Test(arguments: [
    ("", []),
    ("\n\r\n\n", []),
    ("a", [["a"]]),
    ("a,b\n", [["a", "b"]]),
    ("a,b\r\nc,\r\n", [["a", "b"], ["c", ""]]),
    (",\n", [["", ""]]),
    ("\"\"\n", [[""]]),
    ("\"a,b\",c\n", [["a,b", "c"]]),
    ("\"a\nb\r\nc\",d\r\ne", [["a\nb\r\nc", "d"], ["e"]]),
    ("\"say \"\"hi\"\"\",\"\"\"\"\r\n", [["say \"hi\"", "\""]]),
    ("a\rb,c\n", [["a\rb", "c"]]),
    ("5\" disk,x\n", [["5\" disk", "x"]]),
    ("x,\"y\"", [["x", "y"]]),
    ("x,\"y\"\r", [["x", "y"]]),
    ("\u{feff}a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    ("\u{feff}\"a\",b\n", [["a", "b"]]),
    ("a,12345678,1234567,,,123456789abcdef,\n", [["a", "12345678", "1234567", "", "", "123456789abcdef", ""]]),
  ])
  func readsEveryFormOfTheStandard(text: String, expected: [[String]]) throws {
    #expect(try Self.fields(text) == expected)
  }

  @Test func numbersLinesAndKeepsTheRawBytes() throws {
    let rows = try Self.read(Array("a,b\n\n\"x\ny\",\"\"\"\"\r\nlast,1".utf8))
    #expect(
      rows == [
        Row(fields: ["a", "b"], line: 1, fault: nil, raw: "a,b"),
        Row(fields: ["x\ny", "\""], line: 3, fault: nil, raw: "\"x\ny\",\"\"\"\""),
        Row(fields: ["last", "1"], line: 5, fault: nil, raw: "last,1"),
      ])
  }

  @Test func marksTextAfterAClosingQuoteAndGoesOn() throws {
    let rows = try Self.read(Array("\"a\"b,\"c\"\n\"d\" \ne,f\n".utf8))
    #expect(rows.map(\.fields) == [["ab", "c"], ["d "], ["e", "f"]])
    #expect(rows.map(\.fault) == [.textAfterQuote, .textAfterQuote, nil])
  }

  @Test func aQuoteThatNeverClosesCostsOneRow() throws {
    let rows = try Self.read(Array("a,b\n1,\"x\n2,y\n3,z".utf8))
    #expect(rows.map(\.raw) == ["a,b", "1,\"x", "2,y", "3,z"])
    #expect(rows.map(\.fault) == [nil, .unclosedQuote, nil, nil])
    #expect(rows.map(\.line) == [1, 2, 3, 4])
    let last = try Self.read(Array("a\n\"".utf8))
    #expect(last.map(\.fault) == [nil, .unclosedQuote])
  }

  @Test(arguments: [16, 40, 64, 1000], [1, 7, 1000])
  func rowsBeyondTheLimitAreMarkedWhereverTheBufferEnds(buffer: Int, piece: Int) throws {
    let long = String(repeating: "x", count: 101)
    let fits = String(repeating: "y", count: 100)
    let text = "a,b\n\(long)\n\(fits)\n1,\"open\n\(fits)\n2,c\n\"\(long)\nend\"\n3,d\n\(long)"
    let rows = try Self.read(Array(text.utf8), piece: piece, buffer: buffer, limit: 100)
    #expect(
      rows.map(\.fault) == [
        nil, .tooLong, .tooLong, nil, .unclosedQuote, nil, nil, .tooLong, .tooLong, nil, nil, .tooLong, .tooLong,
      ])
    #expect(rows.map(\.line) == [1, 2, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 10])
    #expect(rows[1].raw.utf8.count == 100 && rows[1].fields.isEmpty)
    #expect(rows[6].fields == ["2", "c"] && rows[10].fields == ["3", "d"])
    // the parts of a line are all of it
    #expect([1, 7, 11].map { rows[$0].raw + rows[$0 + 1].raw } == [long, "\"\(long)", long])
  }

  @Test(arguments: [1, 7, 1000])
  func theRestOfAnOverlongLineFollowsInParts(piece: Int) throws {
    let line = String(repeating: "é", count: 25)
    let source = MemoryByteSource(Array("a\n\(line)\r\nb\n".utf8), pieceByteCount: piece)
    let reader = CSVReader(source: source, bufferByteCount: 16, rowByteLimit: 15)
    var row = CSVRow()
    var parts: [(part: Int, text: String)] = []
    while try reader.next(into: &row) { parts.append((row.part, String(decoding: row.bytes, as: UTF8.self))) }
    // seven characters of two bytes fit whole
    #expect(parts.map(\.part) == [0, 1, 2, 3, 4, 0])
    #expect(parts.map(\.text.count) == [1, 7, 7, 7, 4, 1])
    #expect(parts[1...4].map(\.text).joined() == line)
  }

  @Test func theFieldOfAFaultIsNamed() throws {
    let reader = CSVReader(source: MemoryByteSource(Array("a,\"b\"c,\"d\"e\na,b,\"c\nd\n".utf8)))
    var row = CSVRow()
    var faults: [Int?] = []
    while try reader.next(into: &row) { faults.append(row.faultIndex) }
    #expect(faults == [1, 2, nil])
  }

  @Test func aRowOfMegabytesIsRead() throws {
    let long = String(repeating: "wide \"\" ", count: 1 << 18)
    let rows = try Self.read(Array("1,\"\(long)\",2\nnext\n".utf8), buffer: 4096)
    #expect(rows.count == 2)
    #expect(rows[0].fields[1].utf8.count == 7 << 18)
    #expect(rows[0].fields[2] == "2")
  }

  /// A parser of proper CSV that is too simple to be wrong.
  static func naive(_ text: [UInt8]) -> [[String]] {
    var rows: [[String]] = []
    var row: [[UInt8]] = [[]]
    var at = 0
    var isQuoted = false
    var hasText = false
    func next(_ offset: Int) -> UInt8? { at + offset < text.count ? text[at + offset] : nil }
    while at < text.count {
      let byte = text[at]
      if isQuoted {
        if byte == 0x22, next(1) == 0x22 {
          row[row.count - 1].append(0x22)
          at += 1
        } else if byte == 0x22 {
          isQuoted = false
        } else {
          row[row.count - 1].append(byte)
        }
      } else if byte == 0x22 {
        isQuoted = true
        hasText = true
      } else if byte == 0x2c {
        row.append([])
        hasText = true
      } else if byte == 0x0a || (byte == 0x0d && next(1) == 0x0a) {
        if hasText { rows.append(row.map { String(decoding: $0, as: UTF8.self) }) }
        row = [[]]
        hasText = false
        if byte == 0x0d { at += 1 }
      } else {
        row[row.count - 1].append(byte)
        hasText = true
      }
      at += 1
    }
    if hasText { rows.append(row.map { String(decoding: $0, as: UTF8.self) }) }
    return rows
  }

  @Test(arguments: 0..<300)
  func agreesWithANaiveParserOnWhatTheWriterWrites(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let alphabet = Array("ab1.,\"\n\r é".utf8)
    let ending = Bool.random(using: &random) ? "\n" : "\r\n"
    let buffer = ByteBuffer()
    var written: [[[UInt8]]] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      let row = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        (0..<Int.random(in: 0...12, using: &random)).map { _ in
          alphabet[Int.random(in: 0..<alphabet.count - (seed % 2) * 6, using: &random)]
        }
      }
      if row == [[]] { continue }
      written.append(row)
      for (index, field) in row.enumerated() {
        if index > 0 { buffer.append(0x2c) }
        field.withUnsafeBytes { buffer.append(csvField: $0) }
      }
      buffer.append(ending)
    }
    let text = Array(buffer.bytes)
    let piece = Int.random(in: 1...100, using: &random)
    let rows = try Self.read(text, piece: piece, buffer: Int.random(in: 16...200, using: &random))
    #expect(rows.allSatisfy { $0.fault == nil })
    #expect(rows.map(\.fields) == Self.naive(text))
    #expect(rows.map(\.fields) == written.map { $0.map { String(decoding: $0, as: UTF8.self) } })
  }

  @Test(arguments: 0..<300)
  func anyBytesGiveTheSameRowsInAnyPieces(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed) + 1000)
    let alphabet = Array("ab,,\"\"\n\r".utf8)
    let text = (0..<400).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
    let limit = Int.random(in: 5...500, using: &random)
    let whole = try Self.read(text, limit: limit)
    let pieces = try Self.read(text, piece: Int.random(in: 1...9, using: &random), buffer: 16, limit: limit)
    #expect(whole == pieces)
  }

  @Test(arguments: 1...40)
  func findsASpecialByteAtAnyPlaceOfAField(length: Int) {
    let buffer = ByteBuffer()
    for place in 0..<length {
      for byte in UInt8.min...UInt8.max {
        var field = [UInt8](repeating: 0x2d, count: length)
        field[place] = byte
        buffer.removeAll()
        field.withUnsafeBytes { buffer.append(csvField: $0) }
        let isQuoted = buffer.bytes[0] == 0x22 && buffer.count > length
        #expect(isQuoted == [0x2c, 0x22, 0x0a, 0x0d].contains(byte))
      }
    }
  }

  @Test func quotesOnlyWhereNeeded() {
    let buffer = ByteBuffer()
    for field in ["plain", "", " a b ", "a,b", "a\"b", "a\nb", "a\rb", "'"] {
      Array(field.utf8).withUnsafeBytes { buffer.append(csvField: $0) }
      buffer.append("|")
    }
    let text = String(decoding: buffer.bytes, as: UTF8.self)
    #expect(text == "plain|| a b |\"a,b\"|\"a\"\"b\"|\"a\nb\"|\"a\rb\"|'|")
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
