import ArgumentParser
import Foundation
import Generator
import RawData
import Records
import TestSupport
import Testing
import TopicLog

@testable import daylapse

/// Bringing days in, interrupted, killed and interfered with at any of its steps, from a seed.
struct BringingInTests {
  @Test(arguments: 0..<120)
  func givesJustTheDaysThatWereAskedFor(seed: UInt64) throws {
    try withTemporaryFolder { folder in
      var days = try RoughCompany(folder: folder, seed: seed)
      let asked = days.pickRequest()
      for _ in 0..<days.count(1...5) { try days.disturb(asked) }
      let outcome = try days.bringIn(asked)
      let story = Comment(rawValue: days.story.joined(separator: "\n"))
      #expect(try days.content(of: asked) == days.undisturbed(asked), story)
      #expect(try days.runs() == [outcome.record.days, outcome.record.days], story)
      #expect(try days.record.read() == outcome.record, story)
      #expect(outcome.record.digest == (try days.digests().first), story)
      if case .generate = asked { #expect(days.hasManifest, story) }
    }
  }

  /// A run that was left alone in the middle of its replay goes on, and does not bring its days in again.
  @Test(arguments: [RoughCompany.Request.generate(users: 3, seed: 1), .importing("first")])
  func goesOnWithItsOwnDays(request: RoughCompany.Request) throws {
    try withTemporaryFolder { folder in
      let days = try RoughCompany(folder: folder, seed: 0)
      let first = try days.bringIn(request)
      let second = try days.bringIn(request)
      #expect(!first.goesOn && second.goesOn && first.record == second.record)
      let fresh = try days.bringIn(request, startsFresh: true)
      #expect(!fresh.goesOn && fresh.record.days != first.record.days)
    }
  }

  @Test func saysOnceWhatItReplaces() throws {
    try withTemporaryFolder { folder in
      let days = try RoughCompany(folder: folder, seed: 0)
      let (one, other) = (RoughCompany.Request.generate(users: 3, seed: 1), RoughCompany.Request.importing("first"))
      func replaces(_ request: RoughCompany.Request, options: String = "") throws -> Bool {
        let outcome = try days.bringIn(request, options: options)
        try days.finish(outcome)
        return outcome.replacesOthers
      }
      #expect(try !replaces(one) && !replaces(one))
      #expect(try replaces(other) && !replaces(other))
      #expect(try replaces(other, options: "strict") && !replaces(other, options: "strict"))
    }
  }
}

/// A folder of days, and others that use it.
struct RoughCompany {
  enum Request: Equatable, Sendable {
    case generate(users: Int, seed: UInt64)
    case importing(String)
  }

  private struct Interruption: Error {}

  private let folder: String
  private let folders: FolderArguments
  private var random: SeededRandom
  private(set) var story: [String] = []

  init(folder: String, seed: UInt64) throws {
    self.folder = folder
    folders = try RoughCompany.folders(in: folder)
    random = SeededRandom(seed: seed)
    for name in ["first", "second"] { try writeInput(name, count: name == "first" ? 20 : 90) }
  }

  private static func folders(in folder: String) throws -> FolderArguments {
    try FolderArguments.parse(["--data-dir", folder + "/data", "--topics-dir", folder + "/topics"])
  }

  private func writeInput(_ name: String, count: Int, type: String = "login") throws {
    let directory = "\(folder)/in-\(name)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let users = "user_id,signup_date,plan\n1,2025-01-01,\(name)\n"
    let rows = (1...count).map { "\($0),1,2025-01-\($0 % 9 + 10)T00:00:00,\(type)\n" }.joined()
    try Data(users.utf8).write(to: URL(fileURLWithPath: directory + "/users.csv"))
    try Data("event_id,user_id,event_time,event_type\n\(rows)".utf8).write(
      to: URL(fileURLWithPath: directory + "/events.csv"))
  }

  mutating func count(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

  mutating func pickRequest() -> Request {
    random.pick([
      .generate(users: 70, seed: 1), .generate(users: 70, seed: 2), .generate(users: 3, seed: 1), .importing("first"),
      .importing("second"),
    ])
  }

  // MARK: What is asked for

  private func bringing(_ request: Request, in folders: FolderArguments) -> BringingIn {
    switch request {
    case .generate(let users, let seed):
      BringingIn(folders: folders, source: .generated(GeneratorOptions(userCount: users, days: 4, seed: seed)))
    case .importing(let name): BringingIn(folders: folders, source: .imported("\(folder)/in-\(name)"))
    }
  }

  func bringIn(
    _ request: Request, options: String = "", startsFresh: Bool = false
  ) throws -> BringingIn.Outcome {
    try FileManager.default.createDirectory(atPath: folders.stateDirectory, withIntermediateDirectories: true)
    var bringing = bringing(request, in: folders)
    (bringing.options, bringing.startsFresh) = (options, startsFresh)
    return try bringing.perform()
  }

  func finish(_ outcome: BringingIn.Outcome) throws {
    var record = outcome.record
    (record.isFinished, record.hasResults) = (true, true)
    try self.record.write(record)
  }

  // MARK: What comes between

  /// Lets somebody do something with the folder.
  mutating func disturb(_ asked: Request) throws {
    let request = random.chance(2) ? asked : pickRequest()
    switch count(0...5) {
    case 0:
      story.append("a run of \(request)")
      let outcome = try bringIn(request)
      if random.chance(2) { try finish(outcome) }
    case 1, 2: try interrupt(request, byHand: false)
    case 3: try interrupt(request, byHand: true)
    case 4:
      let paths = content(of: request).keys.sorted()
      guard let path = paths.isEmpty ? nil : random.pick(paths) else { return }
      story.append("\(path) is removed")
      // a topic is held against its checksums when it is replayed: here only a folder that is gone shows
      let end = path.hasPrefix("topics/") ? path.lastIndex(of: "/")! : path.endIndex
      try FileManager.default.removeItem(atPath: "\(folder)/\(path[..<end])")
    default:
      story.append("another input of the same size and times")
      let path = "\(folder)/in-first/events.csv"
      let times = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]!
      try writeInput("first", count: 20, type: random.pick(["login", "visit", "enrol"]))
      try FileManager.default.setAttributes([.modificationDate: times], ofItemAtPath: path)
    }
  }

  /// Brings days in up to one of its steps: there it fails, or is killed, so that the folders stay just as they were.
  private mutating func interrupt(_ request: Request, byHand: Bool) throws {
    let (step, isKilled) = (count(0...9), random.chance(2))
    story.append("\(byHand ? "by hand" : "a run"), \(request), \(isKilled ? "killed" : "failed") at step \(step)")
    let (folder, snapshot) = (folder, folder + "/snapshot")
    var steps = 0
    func reach() throws {
      steps += 1
      guard steps > step else { return }
      if isKilled, steps == step + 1 { try RoughCompany.copy(["data", "topics"], from: folder, to: snapshot) }
      throw Interruption()
    }
    try FileManager.default.createDirectory(atPath: folders.stateDirectory, withIntermediateDirectories: true)
    do {
      if byHand {
        try bringInByHand(request, reach)
      } else {
        var bringing = bringing(request, in: folders)
        bringing.onStep = { _ in try reach() }
        _ = try bringing.perform()
      }
      story.append("  too late")
    } catch is Interruption {}
    guard FileManager.default.fileExists(atPath: snapshot) else { return }
    for name in ["data", "topics"] {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      try? FileManager.default.moveItem(atPath: "\(snapshot)/\(name)", toPath: "\(folder)/\(name)")
    }
    try FileManager.default.removeItem(atPath: snapshot)
  }

  private func bringInByHand(_ request: Request, _ reach: () throws -> Void) throws {
    try withoutActuallyEscaping(reach) { reach in
      let raw = RawFolder(folders: folders, mayOverwrite: false)
      switch request {
      case .generate(let users, let seed):
        _ = try raw.generate(GeneratorOptions(userCount: users, days: 4, seed: seed), writesTopics: true) { _, _ in
          try reach()
        }
      case .importing(let name):
        _ = try raw.importFiles(ImportFiles(directory: "\(folder)/in-\(name)")) { _ in try reach() }
      }
    }
  }

  /// Copies folders that somebody may be writing to.
  private static func copy(_ names: [String], from: String, to: String) throws {
    for name in names where FileManager.default.fileExists(atPath: "\(from)/\(name)") {
      var turns = 0
      while true {
        do {
          try? FileManager.default.removeItem(atPath: "\(to)/\(name)")
          try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
          try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
          break
        } catch {
          turns += 1
          if turns > 100 { throw error }
        }
      }
    }
  }

  // MARK: What is there

  var record: RunRecord { bringing(.importing("first"), in: folders).record }

  var hasManifest: Bool { FileManager.default.fileExists(atPath: folder + "/data/raw/manifest.json") }

  func runs() throws -> [String?] { try identities().map(\.?.run) }

  func digests() throws -> [String?] { try identities().map(\.?.digest) }

  private func identities() throws -> [TopicIdentity?] {
    try RawTopic.allCases.map { try TopicMetadata.read(directory: "\(folder)/topics/\($0.rawValue)")?.identity }
  }

  /// The messages, and, of generated days, the raw files.
  func content(of request: Request) -> [String: Data] { RoughCompany.content(of: request, in: folder) }

  private static func content(of request: Request, in folder: String) -> [String: Data] {
    var files = RawTopic.allCases.map { "topics/\($0.rawValue)/00000000000000000000.jsonl" }
    if case .generate = request { files += ["data/raw/users.csv", "data/raw/events.csv"] }
    return Dictionary(
      uniqueKeysWithValues: files.compactMap { path in
        FileManager.default.contents(atPath: "\(folder)/\(path)").map { (path, $0) }
      })
  }

  /// What a run gives that nobody disturbs.
  func undisturbed(_ request: Request) throws -> [String: Data] {
    try withTemporaryFolder { other in
      let folders = try RoughCompany.folders(in: other)
      try FileManager.default.createDirectory(atPath: folders.stateDirectory, withIntermediateDirectories: true)
      _ = try bringing(request, in: folders).perform()
      return RoughCompany.content(of: request, in: other)
    }
  }
}
