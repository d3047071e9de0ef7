import Generator
import OutputFiles
import RawData

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `DATA/raw` and the raw topics: brings days in, by generating or importing them.
struct RawFolder {
  let folders: FolderArguments
  let mayOverwrite: Bool

  func generate(
    _ options: GeneratorOptions, run: String = RunID.random(), writesTopics: Bool,
    onProgress: @escaping (Int, Int) throws -> Void
  ) throws -> GenerateJob.Result {
    let folder = try outputFolder()
    try createDirectories(folders.stateDirectory)
    try folder.claim()
    var job = generateJob(options, run: run, writesTopics: writesTopics)
    job.onProgress = onProgress
    let result = try job.perform()
    let rows = [result.userCount, result.eventCount]
    try folder.finish(
      run: job.run, digest: job.digest,
      files: zip(result.files, rows).map { .init(path: $0.path, rows: $1, bytes: $0.bytes, sha256: $0.sha256) })
    return result
  }

  private var directory: String { folders.dataDir + "/raw" }

  func outputFolder() throws -> OutputFolder {
    try OutputFolder(directory: directory, names: ["users.csv", "events.csv"], mayOverwrite: mayOverwrite)
  }

  func generateJob(_ options: GeneratorOptions, run: String = "", writesTopics: Bool) -> GenerateJob {
    GenerateJob(
      options: options, rawDirectory: directory, topicsDirectory: writesTopics ? folders.topicsDir : nil,
      run: run, spillPath: folders.stateDirectory + "/generate.spill")
  }
}

extension ProgressLine {
  /// Shows how far generating has come: of so many users, then on the way to the files.
  func show(generated done: Int, of all: Int) {
    if done < all { show("generating", done, of: all, "users") } else { show("generating  writing the files") }
  }
}

extension RawFolder {
  /// Imports `users.csv` and `events.csv` of a folder into the raw topics.
  ///
  /// - Throws: ``CommandError`` where one of them has changed meanwhile, in addition to what importing throws.
  func importFiles(
    _ files: ImportFiles, run: String = RunID.random(), onProgress: @escaping (Int) throws -> Void
  ) throws -> ImportJob.Result {
    try createDirectories(folders.stateDirectory)
    var job = ImportJob(
      usersPath: files.users.path, eventsPath: files.events.path, topicsDirectory: folders.topicsDir, run: run,
      digest: files.digest, spillPath: folders.stateDirectory + "/import.spill")
    job.onProgress = onProgress
    job.beforeSealing = { try files.checkUnchanged() }
    let result = try job.perform()
    try ImportedInputs(run: run, files: files.absolute).write(stateDirectory: folders.stateDirectory)
    return result
  }

  /// What a person should know about an import.
  static func warnings(_ result: ImportJob.Result) -> [String] { result.warnings }
}
