import CByteScan
import OutputFiles
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file that a stage keeps its last checkpoint in, and the one before beside it.
///
/// A file is two lines of JSON: the checkpoint, and the CRC-32C of the first line. It is written beside and takes its
/// name when it is whole, so a process may die at any point.
public final class CheckpointFile {
  /// The format that this version reads and writes.
  public static let formatVersion = 1

  public let path: String
  private var previousPath: String { path + ".previous" }
  private let stage: String
  private let durability: Durability
  private let faults: Faults
  private let boot: String
  /// The checkpoint that was saved or loaded last.
  public private(set) var last: Checkpoint?

  /// - Parameters:
  ///   - stage: Whose checkpoints these are; those of another stage are refused.
  ///   - boot: Names the time since the machine started; what was not synced in an earlier one is not trusted.
  public init(
    path: String, stage: String, durability: Durability = .none, faults: Faults = .none,
    boot: String = BootID.current
  ) {
    self.path = path
    self.stage = stage
    self.durability = durability
    self.faults = faults
    self.boot = boot
  }

  /// What was found on disk.
  public struct Found: Equatable, Sendable {
    /// The checkpoints that are whole, the latest first.
    public var checkpoints: [Checkpoint] = []
    /// What was wrong with others, for people.
    public var notices: [String] = []
    /// Whether the machine was restarted since, so that files which were not synced may lack their ends.
    public var isOfEarlierBoot = false

    public init() {}
  }

  /// Reads the checkpoints. A damaged file is passed over and named.
  ///
  /// - Throws: ``CheckpointError`` where a file is of another format version; `OutputFileError` where one is there that
  ///   cannot be read.
  public func load() throws -> Found {
    var found = Found()
    for path in [path, previousPath] {
      guard let text = try CheckpointFile.read(path) else { continue }
      switch try decode(text, path: path) {
      case .success(let (checkpoint, savedBoot, wasSynced)):
        if savedBoot != boot {
          found.isOfEarlierBoot = true
          guard wasSynced else {
            found.notices.append(
              "\(path) is from before this machine was restarted, and nothing was synced: it does not count")
            continue
          }
        }
        found.checkpoints.append(checkpoint)
      case .failure(let damage): found.notices.append(damage.description)
      }
    }
    last = found.checkpoints.first
    return found
  }

  /// Makes a checkpoint the last one. Blocks for a small write, and for the disk where the durability says so.
  public func save(_ checkpoint: Checkpoint) throws {
    try faults.reach(.beforeCheckpoint)
    let text = encode(checkpoint)
    try writeFileAtomically(path + ".new", text, synced: durability != .none)
    try faults.reach(.beforeCheckpointRename)
    // from here to the second rename only the previous one is there: reading knows that
    guard rename(path, previousPath) == 0 || errno == ENOENT else {
      throw OutputFileError(operation: .rename, path: path, code: errno)
    }
    guard rename(path + ".new", path) == 0 else {
      throw OutputFileError(operation: .rename, path: path, code: errno)
    }
    if durability != .none { try syncDirectory(ofFile: path) }
    last = checkpoint
    try faults.reach(.afterCheckpoint)
  }

  /// Removes all checkpoints: the next start begins anew.
  public func remove() {
    for path in [path, previousPath, path + ".new", path + ".new.partial"] { unlink(path) }
    last = nil
  }

  // MARK: Text

  private func encode(_ checkpoint: Checkpoint) -> [UInt8] {
    let buffer = ByteBuffer(capacity: 1024)
    guard case .object(let members) = checkpoint.json else { return [] }
    JSONValue.object(
      [
        .init("format", .int(CheckpointFile.formatVersion)), .init("stage", .string(stage)),
        .init("boot", .string(boot)), .init("synced", .bool(durability != .none)),
      ] + members
    ).write(to: buffer)
    let sum = crc32c(0, buffer.bytes.baseAddress, buffer.count)
    buffer.append("\n{\"crc32c\":")
    buffer.append(decimal: Int(sum))
    buffer.append("}\n")
    return Array(buffer.bytes)
  }

  func decode(
    _ text: [UInt8], path: String
  ) throws -> Result<(Checkpoint, boot: String, wasSynced: Bool), CheckpointDamage> {
    func damage(_ problem: String) -> Result<(Checkpoint, boot: String, wasSynced: Bool), CheckpointDamage> {
      .failure(CheckpointDamage(path: path, problem: problem))
    }
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count == 3, lines[2].isEmpty else { return damage("\(lines.count) lines instead of 2") }
    let (body, seal) = (Array(lines[0]), Array(lines[1]))
    let actual = body.withUnsafeBytes { crc32c(0, $0.baseAddress, $0.count) }
    guard let expected = (try? JSONValue(parsing: seal))?["crc32c"]?.intValue else { return damage("no checksum") }
    guard Int(actual) == expected else { return damage("its checksum is \(actual), but \(expected) was written") }
    guard let json = try? JSONValue(parsing: body), let format = json["format"]?.intValue else {
      return damage("not a checkpoint")
    }
    guard format == CheckpointFile.formatVersion else {
      throw CheckpointError(path: path, format: format)
    }
    guard json["stage"] == .string(stage), let boot = json["boot"]?.stringValue,
      let wasSynced = json["synced"]?.boolValue, let checkpoint = Checkpoint(json)
    else { return damage("not a checkpoint of \(stage)") }
    return .success((checkpoint, boot, wasSynced))
  }

  /// - Returns: `nil` where there is no such file.
  private static func read(_ path: String) throws -> [UInt8]? {
    // without waiting for a writer, should it be a pipe
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw OutputFileError(operation: .open, path: path, code: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw OutputFileError(operation: .read, path: path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EEXIST)
    }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = systemRead(descriptor, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw OutputFileError(operation: .read, path: path, code: errno) }
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
  }
}

/// The system's `read`, which a method of the same name hides.
private func systemRead(_ descriptor: Int32, _ into: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, into, count)
}

/// A checkpoint that cannot be used.
struct CheckpointDamage: Error, CustomStringConvertible {
  var path: String
  var problem: String
  var description: String { "\(path) is damaged (\(problem)): the one before it counts, or the start" }
}

/// A checkpoint of another version of Daylapse.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  public var path: String
  public var format: Int

  public var description: String {
    "\(path) has format \(format), and this version of Daylapse knows format \(CheckpointFile.formatVersion): "
      + "go on with the version that wrote it, or remove the file to start over (nothing else is lost by that)"
  }
}
