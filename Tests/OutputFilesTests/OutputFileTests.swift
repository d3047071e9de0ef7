import Foundation
import Records
import Testing

@testable import OutputFiles

/// Each test has a folder of its own.
final class OutputFileTests {
  let folder = NSTemporaryDirectory() + "daylapse-output-\(UUID().uuidString)"

  init() throws { try createDirectories(folder) }

  deinit {
    chmod(folder, 0o700)
    try? FileManager.default.removeItem(atPath: folder)
  }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? [] }

  func content(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knowsTheDigestsOfTheStandard(text: String, expected: String) throws {
    let path = folder + "/text"
    let file = try OutputFile(path: path)
    file.buffer.append(text)
    let summary = try file.finish()
    #expect(
      summary == OutputFileSummary(path: path, bytes: text.utf8.count, sha256: expected, contentBytes: text.utf8.count))
    #expect(try FileDigest.sha256(path: path) == expected)
    #expect(Array(text.utf8).withUnsafeBytes { FileDigest.sha256(of: $0) } == expected)
  }

  @Test(arguments: [false, true])
  func largeFilesComeOutWholeAndAppearOnlyWhenFinished(compressed: Bool) throws {
    let path = folder + "/rows.csv"
    let file = try OutputFile(path: path, compressed: compressed)
    var expected: [UInt8] = []
    for number in 0..<60_000 {
      file.buffer.append(decimal: number &* 7919)
      file.buffer.append(0x0a)
      try file.flushIfNeeded()
      expected += Array("\(number &* 7919)\n".utf8)
    }
    let block = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    for bytes in [block, [1, 2], []] { try bytes.withUnsafeBytes { try file.write($0) } }
    expected += block + [1, 2]
    #expect(names == ["rows.csv.partial"])
    let summary = try file.finish()
    #expect(names == ["rows.csv"])
    let written = try content(path)
    #expect(summary.bytes == written.count && summary.contentBytes == expected.count)
    #expect(try FileDigest.sha256(path: path) == summary.sha256)
    let content = compressed ? try gunzip(path) : written
    #expect(content == expected)
    if compressed { #expect(Array(written[..<10]) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]) }
  }

  private func gunzip(_ path: String) throws -> [UInt8] {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    process.arguments = ["gzip", "-dc"]
    process.standardOutput = pipe
    try process.run()
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Array(bytes)
  }

  @Test func anUnfinishedFileLeavesNothingAndTheOldOneAsItWas() throws {
    let path = folder + "/a.csv"
    try writeFileAtomically(path, Array("old".utf8))
    do {
      let file = try OutputFile(path: path)
      file.buffer.append("new")
    }
    #expect(names == ["a.csv"])
    let file = try OutputFile(path: path)
    file.discard()
    file.discard()
    #expect(names == ["a.csv"])
    #expect(try content(path) == Array("old".utf8))
  }

  @Test(arguments: [false, true])
  func aFullDiskIsSaidClearly(compressed: Bool) throws {
    let path = folder + "/a.csv"
    let file = try OutputFile(path: path, compressed: compressed)
    file.file.systemCall = { _, _ in
      errno = ENOSPC
      return -1
    }
    file.buffer.append("row\n")
    let error = #expect(throws: OutputFileError.self) { try file.finish() }
    #expect(error == OutputFileError(operation: .write, path: path + ".partial", code: ENOSPC))
    #expect(error?.description.contains("the disk is full") == true)
    #expect(names == [], "nothing is left under either name")
  }

  @Test func aLinkInThePartialFilesPlaceIsNotFollowed() throws {
    let path = folder + "/a.csv"
    try writeFileAtomically(folder + "/victim", Array("precious".utf8))
    for make in [
      { symlink(self.folder + "/victim", $0) }, { link(self.folder + "/victim", $0) }, { mkfifo($0, 0o600) },
    ]
      as [(String) -> Int32]
    {
      #expect(make(path + ".partial") == 0)
      try writeFileAtomically(path, Array("new".utf8))
      #expect(try content(folder + "/victim") == Array("precious".utf8))
      #expect(try content(path) == Array("new".utf8))
    }
  }

  @Test func twoWhoWriteOneFileDoNotMixTheirBytes() throws {
    let path = folder + "/a.csv"
    let first = try OutputFile(path: path)
    let second = try OutputFile(path: path)
    first.buffer.append("first\n")
    second.buffer.append("second\n")
    let error = #expect(throws: OutputFileError.self) { try first.finish() }
    #expect(error?.code == EBUSY)
    _ = try second.finish()
    #expect(try content(path) == Array("second\n".utf8))
  }

  @Test func aPipeHasNoDigest() throws {
    mkfifo(folder + "/pipe", 0o600)
    let error = #expect(throws: OutputFileError.self) { try FileDigest.sha256(path: self.folder + "/pipe") }
    #expect(error?.reason == "it is no regular file")
  }

  @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
  func aReadOnlyFolderIsNamed() throws {
    chmod(folder, 0o500)
    let error = #expect(throws: OutputFileError.self) { try OutputFile(path: self.folder + "/a.csv") }
    #expect(error?.code == EACCES)
    #expect(error?.description.contains("make its directory writable") == true)
  }

  @Test func wrongPlacesAreFoundOutAtTheBeginning() throws {
    let directory = #expect(throws: OutputFileError.self) { try OutputFile(path: self.folder) }
    #expect(directory == OutputFileError(operation: .create, path: folder, code: EISDIR))
    let device = #expect(throws: OutputFileError.self) { try OutputFile(path: "/dev/null") }
    #expect(device?.code == EEXIST)
    let missing = #expect(throws: OutputFileError.self) { try OutputFile(path: "/no/such/a.csv") }
    #expect(
      missing?.description
        == "cannot create /no/such/a.csv.partial: No such file or directory; create its directory first")
    #expect(throws: OutputFileError.self) { try FileDigest.sha256(path: "/no/such/a.csv") }
  }

  @Test func smallFilesReplaceTheirContent() throws {
    let path = folder + "/manifest.json"
    for text in ["{}", "", "{\"rows\":1}"] {
      try writeFileAtomically(path, Array(text.utf8))
      #expect(try content(path) == Array(text.utf8))
      #expect(names == ["manifest.json"])
    }
  }

  @Test func createsAllMissingDirectories() throws {
    try createDirectories(folder + "/a//b/c/")
    try createDirectories(folder + "/a/b/c")
    try writeFileAtomically(folder + "/a/b/c/file", [1])
    let error = #expect(throws: OutputFileError.self) { try createDirectories(self.folder + "/a/b/c/file/d") }
    #expect(
      error == OutputFileError(operation: .createDirectory, path: folder + "/a/b/c/file", code: ENOTDIR))
  }
}
