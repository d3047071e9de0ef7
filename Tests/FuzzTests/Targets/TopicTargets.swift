import CByteScan
import Foundation
import Records
import TestSupport

@testable import TopicLog

extension FuzzTarget {
  /// A sidecar of a segment of 200 bytes that begins at offset 7.
  static let index = FuzzTarget("index", seeds: indexTexts, words: indexWords, rounds: 300) { input in
    try withTemporaryFolder { folder in
      let directory = TopicDirectory(folder)
      try Data(input).write(to: URL(filePath: directory.indexPath(7)))
      let index = try SegmentIndex(directory, segment: 7, byteCount: 200)
      let written = ByteBuffer()
      var (offset, byte) = (7, 0)
      for block in index.blocks {
        try demand(block.offset == offset && block.byte == byte, "blocks join up")
        (offset, byte) = (block.endOffset, block.endByte)
        block.write(to: written)
      }
      try demand(byte <= 200, "blocks lie in the segment")
      try demand(written.count == index.blockByteCount, "blocks are as long as they are written")
      index.end?.write(to: written)
      try demand(input.starts(with: written.bytes), "what is kept is the file's beginning, as it is written")
      try demand(index.defect != nil || written.count == input.count, "what is left out is said")
      let map = LineMap(index, watermark: nil)
      try demand(map.reached.offset <= offset && map.reached.byte <= byte, "a map reaches no further than its index")
    }
  }

  static let metadata = FuzzTarget(
    "metadata",
    seeds: [
      #"{"format":1,"topic":"events.clean","run":"f7f8b63af75562c3","digest":"clean 1","next":480536}"# + "\n",
      #"{"format":1,"topic":"t","run":"r","digest":"","replacing":true}"#,
    ], words: ["\"format\":", "\"topic\":", "\"run\":", "\"digest\":", "\"next\":", "\"replacing\":"], rounds: 300
  ) { input in
    try withTemporaryFolder { folder in
      let directory = TopicDirectory(folder)
      try Data(input).write(to: URL(filePath: directory.metadataPath))
      let metadata: TopicMetadata
      do { metadata = try TopicMetadata.read(directory)! } catch let error as TopicLogError {
        try demand(error.code == .damaged || error.code == .unsupportedFormat, "damage is called damage")
        try demand(error.path == directory.metadataPath && error.expected != nil, "an error says where and what")
        return
      }
      try demand(metadata.sealedNext ?? 0 >= 0, "offsets begin at 0")
      try metadata.write(directory)
      try demand(try TopicMetadata.read(directory) == metadata, "what is written is read as the same")
    }
  }

  /// All files of a topic in one text: `#### NAME` and a line feed go before each.
  static let topic = FuzzTarget(
    "topic", seeds: topicTexts, words: indexWords + fileNames.map { "#### \($0)\n" }, rounds: 80
  ) { input in
    try withTemporaryFolder { folder in
      try unpack(input, into: folder)
      try readEverything(folder)
      let isSound = (try? TopicVerifier.verify(directory: folder, timeOf: lineTime))?.isSound ?? false
      if isSound { try demandTruth(folder, "a topic found sound") }
      if let metadata = try? TopicMetadata.read(directory: folder) { try resume(folder, metadata) }
      // whatever sidecars said, new ones say what is there
      guard (try? TopicIndex.rebuild(directory: folder, timeOf: lineTime)) != nil else { return }
      try demandTruth(folder, "a topic with new sidecars")
    }
  }
}

private let lineTime: LineTime = { EventTimeField.eventTime.read($0) }

private func unpack(_ input: UnsafeRawBufferPointer, into folder: String) throws {
  let mark = Array("#### ".utf8)
  var name = fileNames[0]
  var files: [String: [UInt8]] = [:]
  for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
    if line.starts(with: mark), let known = fileNames.first(where: { line.dropFirst(5).elementsEqual($0.utf8) }) {
      name = known
      files[name] = []
    } else {
      files[name, default: []] += line + [0x0A]
    }
  }
  // the last line of all is ended only if the input's is
  if files[name]?.isEmpty == false { files[name]?.removeLast() }
  for (name, content) in files { try Data(content).write(to: URL(filePath: "\(folder)/\(name)")) }
}

/// Reads in every way there is; errors are fine, as long as they are this module's.
private func readEverything(_ folder: String) throws {
  do {
    let reader = try TopicReader(directory: folder, timeOf: lineTime)
    _ = try lines(reader, maxBytes: 1 << 20)
    _ = try reader.watermark
    for time in ["0001-01-01", "2025-01-02T12:00:00", "9999-12-31"] {
      let offset = try reader.offset(atOrAfter: EventTime(time)!)
      try demand(
        (reader.firstOffset...max(reader.firstOffset, reader.nextOffset)).contains(offset), "times are in range")
    }
    try reader.refresh()
  } catch is TopicLogError {}
}

/// Holds everything that a reader gives against the segments, where it gives it all.
private func demandTruth(_ folder: String, _ what: String) throws {
  let directory = TopicDirectory(folder)
  guard let reader = try? TopicReader(directory: folder, timeOf: lineTime) else { return }
  guard let all = try? lines(reader, maxBytes: 1) else { return }
  var content: [UInt8] = []
  let isReplacing = try TopicMetadata.read(directory)?.isReplacing ?? false
  var last: [UInt8] = []
  for first in isReplacing ? [] : try directory.segments() {
    let bytes = try LogFile(directory.segmentPath(first), .read).readAll()
    let isEnded = bytes.last ?? 0x0A == 0x0A
    let whole = isEnded ? bytes.count : (bytes.lastIndex(of: 0x0A) ?? -1) + 1
    last = !isEnded && reader.isMadeByHand ? bytes + [0x0A] : Array(bytes[..<whole])
    content += last
  }
  // a segment that is longer than its successor's name says is found once the successor has something to read
  let given = Array(all.joined())
  try demand(last.isEmpty ? content.starts(with: given) : given == content, "\(what) gives the lines that are there")
  try demand(reader.firstOffset + all.count == reader.nextOffset, "\(what) has as many lines as offsets")
  for start in all.indices where start % 3 == 1 {
    guard let other = try? TopicReader(directory: folder, timeOf: lineTime) else { return }
    let rest = try lines(other, from: reader.firstOffset + start, maxBytes: 300)
    try demand(rest == Array(all[start...]), "\(what) gives the same lines from any offset")
  }
}

/// Resumes as the topic's own writer; a writer that accepts gives all that is there and what it appends.
private func resume(_ folder: String, _ metadata: TopicMetadata) throws {
  do {
    let writer = try TopicWriter(directory: folder, identity: metadata.identity, mode: .resume, timeOf: lineTime)
    defer { try? writer.close() }
    if writer.isSealed { return }
    let next = writer.nextOffset
    let line = Array("appended\n".utf8)
    try GuardedBytes.use(line) { try writer.append($0, count: 1, maxTime: nil) }
    try writer.seal()
    let reader = try TopicReader(directory: folder, timeOf: lineTime)
    try demand(reader.nextOffset == next + 1 && reader.isSealed, "a resumed topic is as long as its writer says")
    guard let slice = try reader.slice(from: next, maxBytes: 100) else { throw FuzzViolation(description: "no line") }
    try demand(slice.withBytes { $0.elementsEqual(line) }, "what is appended is at its offset")
  } catch is TopicLogError {}
}

private func lines(_ reader: TopicReader, from start: Int? = nil, maxBytes: Int) throws -> [[UInt8]] {
  var offset = start ?? reader.firstOffset
  var lines: [[UInt8]] = []
  while let slice = try reader.slice(from: offset, maxBytes: maxBytes) {
    let some = slice.withBytes {
      $0.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map { $0 + [0x0A] }
    }
    try demand(slice.offset == offset && slice.count == some.count && slice.count > 0, "a slice has its lines")
    lines += some
    offset = slice.endOffset
  }
  return lines
}

private let fileNames =
  ["topic.json"]
  + [0, 2, 4, 9].flatMap { first in
    let digits = String(repeating: "0", count: 19) + String(first)
    return [digits + ".jsonl", digits + ".index"]
  }

private let indexTexts = [
  #"{"offset":7,"byte":0,"count":2,"bytes":150,"time":"2025-03-11T00:00:00","crc32c":"d72ddec4"}"# + "\n"
    + #"{"offset":9,"byte":150,"count":1,"bytes":50,"time":"2025-03-12T00:00:00","crc32c":"00000000"}"# + "\n"
    + #"{"end":{"next":10,"bytes":200,"watermark":"2025-03-12T00:00:00"}}"# + "\n",
  #"{"offset":7,"byte":0,"count":2,"bytes":150,"crc32c":"d72ddec4"}"# + "\n", #"{"end":{"next":7,"bytes":0}}"# + "\n",
]

private let indexWords = [
  "{\"offset\":", ",\"byte\":", ",\"count\":", ",\"bytes\":", ",\"time\":\"", ",\"crc32c\":\"", "{\"end\":{\"next\":",
  ",\"watermark\":\"",
]

/// Small topics, whose sidecars have a block for every line or two.
private let topicTexts: [String] = {
  let days = [["a", "b"], ["c", "d"], ["e", "f", "g"]]
  func text(isSealed: Bool, withIndexes: Bool) -> String {
    let buffer = ByteBuffer()
    func begin(_ name: String) { buffer.append("#### \(name)\n") }
    begin("topic.json")
    buffer.append(#"{"format":1,"topic":"t","run":"r","digest":"d"\#(isSealed ? ",\"next\":7" : "")}"# + "\n")
    var offset = 0
    var watermark: EventTime?
    for (day, names) in days.enumerated() {
      let digits = String(repeating: "0", count: 19) + String(offset)
      var index = SegmentIndex.builder(at: offset)
      begin("\(digits).jsonl")
      for (hour, name) in names.enumerated() {
        let time = EventTime("2025-01-0\(day + 1)T1\(hour):00:00")!
        let line = "{\"event_id\":1,\"user_id\":2,\"event_time\":\"\(time)\",\"n\":\"\(name)\"}\n"
        buffer.append(line)
        index.add(line, watermark)
        watermark = time
      }
      offset += names.count
      guard withIndexes else { continue }
      begin("\(digits).index")
      for block in index.blocks { block.write(to: buffer) }
      guard offset < 7 || isSealed else { continue }
      IndexEnd(next: offset, byteCount: index.byte, watermark: watermark).write(to: buffer)
    }
    return String(decoding: buffer.bytes, as: UTF8.self)
  }
  return [
    text(isSealed: true, withIndexes: true), text(isSealed: false, withIndexes: true),
    text(isSealed: true, withIndexes: false),
    "#### 00000000000000000002.jsonl\na\nb\n#### 00000000000000000004.jsonl\nc\nunended",
  ]
}()

extension SegmentIndex {
  fileprivate struct Builder {
    var offset: Int
    var byte = 0
    var blocks: [IndexBlock] = []

    mutating func add(_ line: String, _ watermark: EventTime?) {
      let bytes = Array(line.utf8)
      blocks.append(
        IndexBlock(
          offset: offset, byte: byte, count: 1, byteCount: bytes.count, watermark: watermark,
          checksum: crc32c(0, bytes, bytes.count)))
      offset += 1
      byte += bytes.count
    }
  }

  fileprivate static func builder(at offset: Int) -> Builder { Builder(offset: offset) }
}
