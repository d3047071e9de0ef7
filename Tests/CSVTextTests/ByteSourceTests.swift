import CSVText
import Foundation
import Testing

struct ByteSourceTests {
  let path = NSTemporaryDirectory() + "daylapse-source-\(UUID().uuidString)"

  static func readAll(_ source: any ByteSource, piece: Int = 1000) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: piece, alignment: 1)
    defer { room.deallocate() }
    while true {
      let taken = try source.read(into: room)
      if taken == 0 { return bytes }
      bytes += room[..<taken]
    }
  }

  /// Compresses with the `gzip` command.
  static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let file = NSTemporaryDirectory() + "daylapse-gzip-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    defer { try? FileManager.default.removeItem(atPath: file + ".gz") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", file]
    try process.run()
    process.waitUntilExit()
    return Array(try Data(contentsOf: URL(fileURLWithPath: file + ".gz")))
  }

  func withFile<Result>(_ bytes: [UInt8], _ body: () throws -> Result) throws -> Result {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body()
  }

  static let sample = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 7)) }

  @Test(arguments: [[], [0x1f], Array("a,b\n".utf8), sample])
  func plainFilesComeAsTheyAre(bytes: [UInt8]) throws {
    let read = try withFile(bytes) { try Self.readAll(openByteSource(path: path)) }
    #expect(read == bytes)
  }

  @Test(arguments: [[], Array("a,b\n".utf8), sample])
  func gzipFilesAreRecognisedByTheirContent(bytes: [UInt8]) throws {
    try withFile(try Self.gzip(bytes)) {
      let read = try Self.readAll(openByteSource(path: path))
      #expect(read == bytes)
      let readSlowly = try Self.readAll(GzipByteSource(path: path), piece: 1)
      #expect(readSlowly == bytes)
    }
  }

  @Test func membersAreReadOneAfterAnotherAndZeroPaddingIsIgnored() throws {
    let members = try Self.gzip(Self.sample) + Self.gzip([]) + Self.gzip([1, 2, 3])
    let read = try withFile(members + [0, 0, 0, 0]) { try Self.readAll(openByteSource(path: path)) }
    #expect(read == Self.sample + [1, 2, 3])
  }

  @Test(arguments: [3, 12, 100, -1, -8])
  func aTruncatedFileIsAnErrorThatNamesPathAndByte(length: Int) throws {
    var bytes = try Self.gzip(Self.sample)
    bytes.removeLast(length > 0 ? bytes.count - length : -length)
    try withFile(bytes) {
      let source = try openByteSource(path: path)
      let error = #expect(throws: ByteSourceError.self) { try Self.readAll(source) }
      #expect(error == ByteSourceError(reason: .truncatedGzip, path: path, byte: bytes.count))
    }
  }

  @Test func damageIsAnErrorThatSaysWhere() throws {
    var bytes = try Self.gzip(Self.sample)
    bytes[bytes.count - 6] ^= 1
    try withFile(bytes) {
      let error = #expect(throws: ByteSourceError.self) { try Self.readAll(openByteSource(path: path)) }
      #expect(error?.reason == .corruptGzip(detail: "incorrect data check"))
      #expect(error?.description.contains(path) == true)
    }
    try withFile(try Self.gzip([1]) + Array("garbage".utf8)) {
      let error = #expect(throws: ByteSourceError.self) { try Self.readAll(openByteSource(path: path)) }
      #expect(error?.reason == .corruptGzip(detail: "other data follow the end"))
    }
  }

  @Test func missingFilesAndDirectoriesAreNamed() {
    let missing = #expect(throws: ByteSourceError.self) { try openByteSource(path: "/no/such.csv") }
    #expect(missing?.description == "cannot open /no/such.csv: No such file or directory; check the path")
    let directory = #expect(throws: ByteSourceError.self) { try openByteSource(path: "/") }
    #expect(directory?.reason == .cannotRead(code: EISDIR))
  }
}
