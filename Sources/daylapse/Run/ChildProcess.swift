import Records
import Replay

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A stage in a process of its own, and the pipes to it.
///
/// Its standard input is its lifeline: it ends when the pipe does. Standard output carries status lines, standard error
/// its words.
final class ChildProcess {
  enum Ending: Equatable {
    case exited(Int32)
    case killed(signal: Int32)

    /// How a stage ends that a signal asked to.
    static let askedToEnd: Int32 = 130

    var isSuccess: Bool { self == .exited(0) }

    /// What somebody else did to the process, in words; `nil` where it ended by itself.
    var outsideCause: String? {
      switch self {
      case .killed(let signal): "was killed (signal \(signal), \(String(cString: strsignal(signal))))"
      case .exited(Ending.askedToEnd): "was asked to end by a signal"
      case .exited: nil
      }
    }
  }

  let name: String
  let processID: pid_t
  let output: LineReader
  let words: LineReader
  private var input: Int32
  private(set) var ending: Ending?
  /// The last lines of its standard error, enough to hold a crash report.
  private(set) var lastWords: [String] = []

  /// - Parameter inherited: Descriptors that the process gets as well, and holds as long as it lives.
  init(name: String, executable: String, arguments: [String], inherited: [Int32] = []) throws {
    self.name = name
    let (inputEnd, input) = try ChildProcess.pipe()
    let (output, outputEnd) = try ChildProcess.pipe()
    let (words, wordsEnd) = try ChildProcess.pipe()
    defer { for end in [inputEnd, outputEnd, wordsEnd] { close(end) } }
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, inputEnd, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, outputEnd, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, wordsEnd, STDERR_FILENO)
    // onto itself: that is how a descriptor is kept open
    for descriptor in inherited { posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor) }
    var vector: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { for text in vector { free(text) } }
    var processID: pid_t = 0
    let failure = posix_spawn(&processID, executable, &actions, nil, &vector, environ)
    guard failure == 0 else {
      for end in [input, output, words] { close(end) }
      throw CommandError("cannot start \(executable) for \(name): \(String(cString: strerror(failure)))")
    }
    self.processID = processID
    self.input = input
    self.output = LineReader(output)
    self.words = LineReader(words)
  }

  /// Says that the replay may start.
  func start() { Terminal.put("go\n", to: input) }

  /// Asks for something to be done with the replay.
  func ask(_ command: ReplayCommand) { Terminal.put("\(JSONValue.object(command.json))\n", to: input) }

  /// Ends its lifeline: it stops in order.
  func release() {
    guard input >= 0 else { return }
    close(input)
    input = -1
  }

  func kill() { _ = ChildProcess.send(processID, SIGKILL) }

  func note(_ line: String) {
    lastWords.append(line)
    if lastWords.count > 200 { lastWords.removeFirst() }
  }

  /// Looks whether it has ended. Does not block.
  func collect() {
    guard ending == nil else { return }
    var status: Int32 = 0
    guard waitpid(processID, &status, WNOHANG) == processID else { return }
    // as WIFEXITED, WEXITSTATUS and WTERMSIG take it apart
    let signal = status & 0x7F
    ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
  }

  private static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    #if canImport(Darwin)
      let failed = Darwin.pipe(&ends) != 0
    #elseif canImport(Musl)
      let failed = Musl.pipe(&ends) != 0
    #else
      let failed = Glibc.pipe(&ends) != 0
    #endif
    guard !failed else { throw CommandError("cannot make a pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func send(_ processID: pid_t, _ signal: Int32) -> Int32 {
    #if canImport(Darwin)
      Darwin.kill(processID, signal)
    #elseif canImport(Musl)
      Musl.kill(processID, signal)
    #else
      Glibc.kill(processID, signal)
    #endif
  }
}

/// Lines from a pipe, as they come.
final class LineReader {
  let descriptor: Int32
  private(set) var hasEnded = false
  private var pending: [UInt8] = []

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// The lines that have arrived; at the end also one without a line feed.
  func lines() -> [[UInt8]] {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while !hasEnded {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { break }
      if count == 0 { hasEnded = true } else { pending += buffer[..<count] }
    }
    var lines = pending.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let rest = lines.popLast() ?? []
    pending = rest
    if hasEnded, !rest.isEmpty {
      lines.append(rest)
      pending = []
    }
    return lines
  }
}
