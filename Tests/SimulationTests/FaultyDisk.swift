import Foundation
import TestSupport

/// Files that cannot be opened, nor looked at, for a while: a link that leads to itself lies in their place.
///
/// Whoever has such a file open goes on with it. What is put in its place meanwhile stays.
struct FaultyDisk {
  private struct Fault {
    var path: String
    var backup: String
    var end: Int
  }

  private let folder: String
  private var left: Int
  private var faults: [Fault] = []
  /// The names of files that could not be opened at some time.
  private var broken: Set<String> = []

  init(folder: String, faults: Int) {
    self.folder = folder
    left = faults
  }

  /// Breaks a file now and then.
  ///
  /// - Returns: Which one; `nil` where none was broken.
  mutating func breakFile(at turn: Int, random: inout SeededRandom) -> String? {
    guard left > 0, random.chance(20) else { return nil }
    let manager = FileManager.default
    let files = ["topics", "data"].flatMap { top in
      (manager.enumerator(atPath: folder + "/" + top)?.compactMap { $0 as? String } ?? []).map { top + "/" + $0 }
    }.filter { path in
      let name = path.split(separator: "/").last!
      return !name.hasSuffix("lock") && !name.hasSuffix(".new") && !name.hasSuffix(".partial")
        && !name.hasSuffix(".tmp")
        && (try? manager.attributesOfItem(atPath: folder + "/" + path))?[.type] as? FileAttributeType == .typeRegular
    }.sorted()
    guard !files.isEmpty else { return nil }
    left -= 1
    let path = folder + "/" + random.pick(files)
    let backup = "\(folder)/broken-\(left)"
    guard (try? manager.moveItem(atPath: path, toPath: backup)) != nil,
      (try? manager.createSymbolicLink(atPath: path, withDestinationPath: path)) != nil
    else { return nil }
    broken.insert(String(path.split(separator: "/").suffix(2).joined(separator: "/")))
    faults.append(Fault(path: path, backup: backup, end: turn + Int.random(in: 1...600, using: &random)))
    return path
  }

  /// Gives back what was to be broken until a turn.
  mutating func mend(until turn: Int) {
    let manager = FileManager.default
    for fault in faults where fault.end <= turn {
      if isLink(fault.path) {
        try? manager.removeItem(atPath: fault.path)
        try? manager.moveItem(atPath: fault.backup, toPath: fault.path)
      } else if !manager.fileExists(atPath: fault.path), !fault.path.hasSuffix(".jsonl") {
        // the link was moved on, as a checkpoint is when the next one takes its name
        try? manager.moveItem(atPath: fault.backup, toPath: fault.path)
      }
      for name in (try? manager.contentsOfDirectory(atPath: (fault.path as NSString).deletingLastPathComponent)) ?? [] {
        let other = (fault.path as NSString).deletingLastPathComponent + "/" + name
        if !faults.contains(where: { $0.path == other }), isLink(other) { try? manager.removeItem(atPath: other) }
      }
    }
    faults.removeAll { $0.end <= turn }
  }

  /// Whether an error names a file that could not be opened at some time.
  func explains(_ error: String) -> Bool { broken.contains { error.contains($0) } }

  private func isLink(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType == .typeSymbolicLink
  }
}
