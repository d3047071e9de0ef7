import Foundation
import Records

@testable import TopicLog

/// A temporary directory for one topic, and records to fill it with.
final class TopicFixture {
  static let identity = TopicIdentity(name: "events.raw", run: "r1", digest: "d1")

  let path: String

  /// - Parameter path: Where to make it; nothing for a place of its own.
  init(at path: String? = nil) {
    self.path = path ?? FileManager.default.temporaryDirectory.path + "/topic-log-tests-\(UUID().uuidString)"
    try! FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Reads the time of `{"t":"2025-01-06T22:39:00",…}`; other lines have none.
  static let timeOf: LineTime = { line in
    line.count < 25 ? nil : EventTime(bytes: UnsafeRawBufferPointer(rebasing: line[6..<25]))
  }

  static func line(_ number: Int, _ time: String? = nil, padding: Int = 0) -> String {
    let pad = String(repeating: "x", count: padding)
    return time.map { "{\"t\":\"\($0)\",\"n\":\(number),\"p\":\"\(pad)\"}" } ?? "{\"n\":\(number),\"p\":\"\(pad)\"}"
  }

  /// Records every `step` seconds, every seventh some time late, every eleventh without a time.
  static func lines(
    _ count: Int, every step: Int = 600, padding: Range<Int> = 0..<40, seed: UInt64 = 1
  ) -> [String] {
    var random = SplitMix64(state: seed)
    let begin = EventTime("2025-01-06T05:00:00")!.secondsSinceEpoch
    return (0..<count).map { number in
      let late = number % 7 == 6 ? Int.random(in: 0..<100_000, using: &random) : 0
      let time = EventTime(secondsSinceEpoch: begin + number * step - late)
      let pad = Int.random(in: padding, using: &random)
      return line(number, number % 11 == 10 ? nil : time.description, padding: pad)
    }
  }

  func writer(
    _ mode: TopicWriter.Mode, limit: Int = 64 << 20, rollsAtMidnight: Bool = false,
    identity: TopicIdentity = identity, writeCall: @escaping PositionedWrite = LogFile.systemWrite
  ) throws -> TopicWriter {
    try TopicWriter(
      directory: path, identity: identity, options: .init(segmentByteLimit: limit, rollsAtMidnight: rollsAtMidnight),
      mode: mode, timeOf: Self.timeOf, writeCall: writeCall)
  }

  func reader() throws -> TopicReader { try TopicReader(directory: path, timeOf: Self.timeOf) }

  func verify() throws -> VerificationReport { try TopicVerifier.verify(directory: path, timeOf: Self.timeOf) }

  /// Makes a whole topic.
  func fill(_ lines: [String], limit: Int = 64 << 20, rollsAtMidnight: Bool = false, sealed: Bool = true) throws {
    let writer = try writer(.create, limit: limit, rollsAtMidnight: rollsAtMidnight)
    try writer.append(lines, batch: 50)
    if sealed { try writer.seal() }
    try writer.close()
  }

  func url(_ name: String) -> URL { URL(fileURLWithPath: path + "/" + name) }
  func read(_ name: String) -> [UInt8]? { (try? Data(contentsOf: url(name))).map { [UInt8]($0) } }
  func write(_ name: String, _ bytes: some Sequence<UInt8>) { try! Data(bytes).write(to: url(name)) }
  func write(_ name: String, _ text: String) { write(name, Array(text.utf8)) }
  func remove(_ name: String) { try! FileManager.default.removeItem(at: url(name)) }
  var names: [String] { try! FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  var segmentNames: [String] { names.filter { $0.hasSuffix(".jsonl") } }
}

/// The 64-bit generator of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension TopicWriter {
  func append(_ lines: [String], batch: Int) throws {
    for start in stride(from: 0, to: lines.count, by: batch) {
      let part = lines[start..<min(start + batch, lines.count)]
      var maxTime: EventTime?
      for line in part {
        var line = line
        maxTime = later(maxTime, line.withUTF8 { TopicFixture.timeOf(UnsafeRawBufferPointer($0)) })
      }
      let bytes = Array(part.map { $0 + "\n" }.joined().utf8)
      let result = bytes.withUnsafeBytes { raw in
        Result { () throws(TopicLogError) in try append(raw, count: part.count, maxTime: maxTime) }
      }
      try result.get()
    }
  }
}

extension TopicReader {
  /// Everything from an offset on, line by line.
  func lines(from start: Int? = nil, maxBytes: Int = 1000) throws -> [String] {
    var offset = start ?? firstOffset
    var lines: [String] = []
    while let slice = try slice(from: offset, maxBytes: maxBytes) {
      lines += slice.lines
      offset = slice.endOffset
    }
    return lines
  }
}

extension TopicSlice {
  var lines: [String] {
    withBytes { bytes in
      precondition(bytes.last == 10)
      return bytes.dropLast().split(separator: 10, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}

/// The running maximum of the lines' times before each line, and behind the last.
func watermarks(_ lines: [String]) -> [EventTime?] {
  var result: [EventTime?] = [nil]
  for line in lines {
    var line = line
    result.append(later(result.last!, line.withUTF8 { TopicFixture.timeOf(UnsafeRawBufferPointer($0)) }))
  }
  return result
}

/// The error that `body` throws; nothing where it throws none.
func topicLogError(_ body: () throws -> Void) -> TopicLogError? {
  do {
    try body()
    return nil
  } catch {
    return error as? TopicLogError
  }
}
