import Foundation
import Testing

@testable import TopicLog

/// What happens when the file system refuses in the middle of writing.
struct FileSystemFailureTests {
  let topic = TopicFixture()
  static let lines = TopicFixture.lines(2000, padding: 50..<150)

  @Test func aFolderThatIsRemovedWhileWritingIsAnErrorAtTheNextFile() throws {
    let writer = try topic.writer(.create, limit: 1000)
    try writer.append(Array(Self.lines[..<3]), batch: 1)
    try FileManager.default.removeItem(atPath: topic.path)
    let error = topicLogError { try writer.append(Array(Self.lines[3..<40]), batch: 1) }
    #expect(error?.code == .notFound && error?.path.hasPrefix(topic.path) == true && error?.errno == ENOENT)
    #expect(topicLogError { try writer.seal() }?.code == .notFound)
    try writer.close()
    #expect(topicLogError { _ = try topic.writer(.resume) }?.code == .notFound)
  }

  @Test(.enabled(if: geteuid() != 0, "permissions do not bind root"))
  func aFolderThatBecomesReadOnlyIsAnErrorAndWritingGoesOnLater() throws {
    let writer = try topic.writer(.create, limit: 1000)
    try writer.append(Array(Self.lines[..<3]), batch: 1)
    chmod(topic.path, 0o555)
    defer { chmod(topic.path, 0o755) }
    let error = topicLogError { try writer.append(Array(Self.lines[3..<40]), batch: 1) }
    #expect(error?.errno == EACCES && error?.path.hasPrefix(topic.path) == true)
    chmod(topic.path, 0o755)
    try writer.append(Array(Self.lines[writer.nextOffset..<40]), batch: 1)
    try writer.seal()
    #expect(try topic.reader().lines() == Array(Self.lines[..<40]))
    #expect(try topic.verify().findings == [])
  }

  #if os(Linux)
    /// The same bytes come out whether the writer itself goes on or another one resumes.
    @Test(.enabled(if: SmallDisk.isPossible, "only root can mount a small disk"), arguments: [true, false])
    func aFullDiskIsAnErrorAndTheTopicGoesOnOnceThereIsRoom(goesOnItself: Bool) throws {
      try topic.fill(Self.lines, limit: 60_000, rollsAtMidnight: true)
      let disk = try SmallDisk(kilobytes: 512)
      let small = TopicFixture(at: disk.path + "/topic")
      var writer = try small.writer(.create, limit: 60_000, rollsAtMidnight: true)
      var failures = 0
      var isStopped = false
      // room comes back a little at a time, so that it runs out at many places
      for ballast in stride(from: 480, through: 0, by: -20) {
        try disk.fill(kilobytes: ballast)
        while writer.nextOffset < Self.lines.count {
          let next = writer.nextOffset
          let error = topicLogError { try writer.append(Array(Self.lines[next..<min(next + 7, 2000)]), batch: 7) }
          guard let error else { continue }
          failures += 1
          #expect(error.errno == ENOSPC && error.path.hasPrefix(small.path), "\(error)")
          #expect(error.advice.hasPrefix("Make room"))
          isStopped = error.description.contains("in part")
          break
        }
        if goesOnItself, !isStopped { continue }
        try? writer.close()
        try disk.fill(kilobytes: max(0, ballast - 20))
        writer = try small.writer(.resume, limit: 60_000, rollsAtMidnight: true)
        isStopped = false
      }
      #expect(failures > 5)
      #expect(writer.nextOffset == 2000)
      try writer.seal()
      try writer.close()
      #expect(try small.verify().findings == [])
      #expect(small.segmentNames == topic.segmentNames)
      for name in topic.segmentNames { #expect(small.read(name) == topic.read(name)) }
    }
  #endif
}

#if os(Linux)
  /// A file system of few kilobytes, in memory.
  private final class SmallDisk {
    static let isPossible = (try? SmallDisk(kilobytes: 64)) != nil

    let path: String

    init(kilobytes: Int) throws {
      path = FileManager.default.temporaryDirectory.path + "/topic-log-disk-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      guard mount("none", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
        let number = errno
        rmdir(path)
        throw POSIXError(.init(rawValue: number) ?? .EPERM)
      }
    }

    deinit {
      umount2(path, 2)  // MNT_DETACH
      rmdir(path)
    }

    /// Makes a file of this size beside the topic, or as large as fits.
    func fill(kilobytes: Int) throws {
      unlink(path + "/ballast")
      let file = open(path + "/ballast", O_WRONLY | O_CREAT, 0o644)
      defer { close(file) }
      let page = [UInt8](repeating: 0, count: 1024)
      for _ in 0..<kilobytes where write(file, page, page.count) < page.count { return }
    }
  }
#endif
