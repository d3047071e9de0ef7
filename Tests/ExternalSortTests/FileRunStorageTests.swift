import ExternalSort
import Foundation
import Records
import Testing

struct FileRunStorageTests {
  let path = NSTemporaryDirectory() + "daylapse-sort-\(UUID().uuidString)"

  @Test func sortsThroughAFileThatNobodySees() throws {
    do {
      let sorter = RowSorter(runByteLimit: 10_000, storage: FileRunStorage(path: path))
      for key in 0..<UInt64(5000) {
        let scattered = key &* 0x9e37_79b9_7f4a_7c15
        try withUnsafeBytes(of: scattered) { try sorter.add(key: scattered, row: $0) }
      }
      try sorter.finish()
      #expect(sorter.runs > 5)
      #expect(!FileManager.default.fileExists(atPath: path))
      var last: UInt64 = 0
      var count = 0
      try sorter.forEachRow { key, row in
        #expect(key >= last && row.loadUnaligned(as: UInt64.self) == key)
        last = key
        count += 1
      }
      #expect(count == 5000)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func whatFitsInMemoryTouchesNoFile() throws {
    let sorter = RowSorter(storage: FileRunStorage(path: "/no/such/folder/sort"))
    try sorter.add(key: 1) { $0.append("row") }
    try sorter.finish()
    #expect(sorter.runs == 0)
  }

  @Test func closingForgetsTheContent() throws {
    let storage = FileRunStorage(path: path)
    try [1, 2, 3].withUnsafeBytes { try storage.append($0) }
    storage.close()
    #expect(storage.byteCount == 0)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func aFileThatIsThereAlreadyIsLeftAlone() throws {
    try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    do {
      let storage = FileRunStorage(path: path)
      let error = #expect(throws: RunStorageError.self) { try [1].withUnsafeBytes { try storage.append($0) } }
      #expect(error?.code == EEXIST)
      #expect(error?.description.contains(path) == true)
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
  }

  @Test func aMissingFolderIsNamed() {
    let storage = FileRunStorage(path: "/no/such/folder/sort")
    let error = #expect(throws: RunStorageError.self) { try [1].withUnsafeBytes { try storage.append($0) } }
    #expect(
      error?.description
        == "cannot create the sort file /no/such/folder/sort: No such file or directory; create its folder first")
  }

  @Test func readingBehindTheEndIsAnErrorThatSaysWhere() throws {
    let storage = FileRunStorage(path: path)
    try [UInt8](repeating: 7, count: 40).withUnsafeBytes { try storage.append($0) }
    var target = [UInt8](repeating: 0, count: 50)
    let error = #expect(throws: RunStorageError.self) {
      try target.withUnsafeMutableBytes { try storage.read(at: 20, into: $0) }
    }
    #expect(error == RunStorageError(operation: .read, path: path, offset: 40, code: 0))
  }

  @Test(.enabled(if: TinyDisk.isPossible, "needs root, to mount a tiny disk"))
  func aFullDiskIsSaidClearly() throws {
    let disk = try TinyDisk()
    let sorter = RowSorter(runByteLimit: 20_000, storage: FileRunStorage(path: disk.path + "/sort"))
    let error = #expect(throws: RunStorageError.self) {
      for key in 0..<UInt64(20_000) { try withUnsafeBytes(of: key) { try sorter.add(key: ~key, row: $0) } }
    }
    #expect(error?.code == ENOSPC)
    #expect(error?.description.contains("the disk is full") == true)
  }
}

/// A file system of 64 KiB, mounted as long as the object lives.
final class TinyDisk {
  static var isPossible: Bool {
    #if os(Linux)
      (try? TinyDisk()) != nil
    #else
      false
    #endif
  }

  let path = NSTemporaryDirectory() + "daylapse-disk-\(UUID().uuidString)"

  struct NotMounted: Error {}

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #if os(Linux)
      guard geteuid() == 0, mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else {
        rmdir(path)
        throw NotMounted()
      }
    #else
      throw NotMounted()
    #endif
  }

  deinit {
    #if os(Linux)
      umount2(path, 2)
    #endif
    rmdir(path)
  }
}
