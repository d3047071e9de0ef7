import Records
import TestSupport
import Testing
import TopicLog
import ZeroMQ

@testable import TopicStream

struct LogOutputTests {
  /// Publishes lines into a new topic and leaves it.
  private func write(_ range: Range<Int>, in folder: String, ends: Bool = false) throws {
    let station = try Station(folder, endpoint: "tcp://127.0.0.1:*")
    try station.publish(range)
    if ends { try station.output.end() }
  }

  private func resumed(_ folder: String) throws -> Station {
    try Station(folder, mode: .resume, endpoint: "tcp://127.0.0.1:*")
  }

  private func lines(_ folder: String) throws -> [String] {
    let reader = try TopicReader(directory: folder + "/t") { _ in nil }
    var lines: [String] = []
    while let slice = try reader.slice(from: lines.count, maxBytes: 1 << 20) {
      slice.withBytes { bytes in bytes.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) } }
    }
    return lines
  }

  @Test(arguments: [[10], [1, 9], [4, 6], [6, 4], [3, 4, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]])
  func comparesWhatIsThereAndAppendsTheRest(batches: [Int]) throws {
    try withTemporaryFolder { folder in
      try write(0..<6, in: folder)
      let station = try resumed(folder)
      var at = 0
      for count in batches {
        try station.publish(at..<(at + count))
        at += count
      }
      try station.output.end()
      #expect(station.output.messageCount == 10)
      #expect(station.publisher.next(of: 0) == 10)
      #expect(try lines(folder) == (0..<10).map { "line \($0)" })
    }
  }

  @Test(arguments: [1, 2, 6])
  func anotherMessageIsAnErrorThatNamesTheFirstDifference(batch: Int) throws {
    try withTemporaryFolder { folder in
      try write(0..<6, in: folder)
      let station = try resumed(folder)
      let given = ["line 0", "line 1", "line 2", "LINE 3", "line 4", "line 5"]
      let error = #expect(throws: DivergenceError.self) {
        for first in stride(from: 0, to: 6, by: batch) { try station.publish(Array(given[first..<(first + batch)])) }
      }
      #expect(error == DivergenceError(topic: "t", offset: 3, expected: "LINE 3", actual: "line 3"))
      #expect(error?.description.contains("t at offset 3") == true)
      #expect(try lines(folder).count == 6)
    }
  }

  @Test func aShorterOrLongerMessageIsAnError() throws {
    for line in ["line", "line 00"] {
      try withTemporaryFolder { folder in
        try write(0..<2, in: folder)
        let station = try resumed(folder)
        let error = #expect(throws: DivergenceError.self) { try station.publish([line]) }
        #expect(error == DivergenceError(topic: "t", offset: 0, expected: line, actual: "line 0"))
      }
    }
  }

  @Test func endingBeforeWhatIsThereIsAnError() throws {
    try withTemporaryFolder { folder in
      try write(0..<6, in: folder)
      let station = try resumed(folder)
      try station.publish(0..<4)
      let error = #expect(throws: DivergenceError.self) { try station.output.end() }
      #expect(error?.offset == 4)
      #expect(error?.expected == "the topic's end")
    }
  }

  @Test func aCompleteTopicMayBeGivenAgainButNotMore() throws {
    try withTemporaryFolder { folder in
      try write(0..<6, in: folder, ends: true)
      do {
        let station = try resumed(folder)
        try station.publish(0..<6)
        try station.output.end()
      }
      let station = try resumed(folder)
      try station.publish(0..<3)
      let error = #expect(throws: DivergenceError.self) { try station.publish(3..<8) }
      #expect(error?.offset == 6)
      #expect(error?.actual == "the topic's end")
      #expect(try lines(folder).count == 6)
    }
  }
}
