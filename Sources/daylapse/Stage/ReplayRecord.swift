import OutputFiles
import Records

/// What the producer remembers of a replay, so that one that was interrupted goes on as the same run.
struct ReplayRecord {
  let path: String
  let run: String
  private let sources: JSONValue

  /// - Parameters:
  ///   - sources: The topics that are replayed and the runs that made their files.
  init(path: String, sources: [(topic: String, run: String)]) throws {
    self.path = path
    self.sources = .object(sources.map { .init($0.topic, .string($0.run)) })
    if let bytes = try? readSmallFile(path), let known = try? JSONValue(parsing: bytes),
      known["finished"] == .bool(false), known["sources"] == self.sources, let run = known["run"]?.stringValue
    {
      self.run = run
    } else {
      run = RunID.random()
    }
    if let slash = path.lastIndex(of: "/") { try createDirectories(String(path[..<slash])) }
    try write(isFinished: false)
  }

  /// Notes that the replay is over: the next one is another run.
  func finish() throws { try write(isFinished: true) }

  private func write(isFinished: Bool) throws {
    let record = JSONValue.object([
      .init("format", 1), .init("run", .string(run)), .init("sources", sources), .init("finished", .bool(isFinished)),
    ])
    try writeFileAtomically(path, Array("\(record)\n".utf8))
  }
}

enum RunID {
  /// A name for a run that no other run has: 64 random bits.
  static func random() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
