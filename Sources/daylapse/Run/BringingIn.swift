import Generator
import RawData

/// Brings the days of a run in, or goes on with those that an interrupted run of the same days has left.
///
/// The record names days when all of them are there, and not before: days that are gone on with must be of the run that
/// it names, both topics of them and the files. Whatever interrupts this, and whatever others do meanwhile, the next one
/// finds its own days or makes them.
struct BringingIn {
  /// Where days come from.
  enum Source {
    case generated(GeneratorOptions)
    /// From a folder of raw files.
    case imported(String)
  }

  /// What is done, in this order; some of it again and again.
  enum Step: Equatable {
    /// What is asked for has been noted, and no days.
    case noted
    case generating(done: Int, all: Int)
    case importing(rows: Int)
    /// All days are there, but nobody knows yet.
    case complete
  }

  struct Outcome {
    var raw: RawSummary
    /// Whether it is the interrupted run that goes on.
    var goesOn: Bool
    /// Whether results of an earlier run, made from other days or options, are about to be replaced.
    var replacesOthers = false
    /// What the record says now.
    var record: RunRecord.Content
  }

  let folders: FolderArguments
  let source: Source
  var mayOverwrite = false
  /// Names all options that decide the content of the results, besides the days.
  var options = ""
  /// Brings the days in again, whatever was interrupted.
  var startsFresh = false
  /// Hears of every step; may throw to give up.
  var onStep: (Step) throws -> Void = { _ in }

  var record: RunRecord { RunRecord(path: folders.stateDirectory + "/run.json") }

  /// - Throws: What reading, writing and `onStep` throw. The record names no days then that are not there.
  func perform() throws -> Outcome {
    let folder = RawFolder(folders: folders, mayOverwrite: mayOverwrite)
    var files: ImportFiles?
    let digest: String
    switch source {
    case .generated(let options): digest = GenerateJob.digest(of: options)
    case .imported(let directory):
      let found = try ImportFiles(directory: directory)
      (files, digest) = (found, found.digest)
    }
    let known = try record.read()
    let replacesOthers = known.map { $0.hasResults && ($0.digest != digest || $0.options != options) } ?? false
    if !startsFresh, var known, known.digest == digest, !known.isFinished, let run = known.days,
      try folder.has(run: run, digest: digest, withFiles: files == nil)
    {
      known.options = options
      try record.write(known)
      return Outcome(
        raw: RawSummary(origin: "from the interrupted run", files: [], warnings: []), goesOn: true,
        replacesOthers: replacesOthers, record: known)
    }
    var content = RunRecord.Content(digest: digest, options: options, hasResults: known?.hasResults ?? false)
    try record.write(content)
    try onStep(.noted)
    let run = RunID.random()
    let summary: RawSummary
    switch source {
    case .generated(let options):
      summary = RawSummary(
        try folder.generate(options, run: run, writesTopics: true) { try onStep(.generating(done: $0, all: $1)) })
    case .imported:
      summary = RawSummary(
        try folder.importFiles(files!, run: run) { try onStep(.importing(rows: $0)) }, from: files!.directory)
    }
    try onStep(.complete)
    content.days = run
    try record.write(content)
    return Outcome(raw: summary, goesOn: false, replacesOthers: replacesOthers, record: content)
  }
}
