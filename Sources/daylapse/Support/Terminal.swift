import OutputFiles
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The terminal, or the files that stand in for it.
enum Terminal {
  /// Whether what is written to standard error is seen on a screen that lines can be rewritten on.
  static var isInteractive: Bool {
    isatty(STDERR_FILENO) == 1 && !["", "dumb"].contains(variable("TERM"))
  }

  /// Whether colours are wanted: not where `NO_COLOR` is set to anything (https://no-color.org).
  static var hasColour: Bool { isInteractive && variable("NO_COLOR").isEmpty }

  /// Whether more than ASCII can be shown: POSIX has the first of these variables that is set decide.
  static var isUTF8: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.map(variable).first { !$0.isEmpty } ?? ""
    return locale.lowercased().contains("utf-8") || locale.lowercased().contains("utf8")
  }

  /// Whether the screen breaks lines anew as it gets narrower, as nearly all do.
  static var reflows: Bool {
    variable("XTERM_VERSION").isEmpty && variable("STY").isEmpty && variable("TERM") != "linux"
  }

  /// Whether this process is the one that the terminal's user is looking at, not one in the background. A terminal that
  /// controls no processes has no background.
  static func isInForeground(_ descriptor: Int32 = STDERR_FILENO) -> Bool {
    let group = tcgetpgrp(descriptor)
    return group == getpgrp() || group < 0
  }

  /// Columns and rows of the screen; 80 and 24 where that is not known.
  static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return (80, 24) }
    return (size.ws_col > 0 ? Int(size.ws_col) : 80, size.ws_row > 0 ? Int(size.ws_row) : 24)
  }

  /// The time of day here, `13:05:59`.
  static var timeOfDay: String {
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    return [local.tm_hour, local.tm_min, local.tm_sec].map { Figures.twoDigits(Int($0)) }.joined(separator: ":")
  }

  /// Writes a line to standard output, with an escape in place of all that would act on a terminal: what names and
  /// values hold is for others to choose. A reader that has gone away ends the output quietly; where it cannot be
  /// written for another reason, as on a full disk, the process says so and ends.
  static func write(_ line: String) { writeLine(VisibleText.of(line)) }

  /// Writes a JSON document to standard output as a line; what would act on a terminal is escaped as JSON has it.
  static func write(_ document: JSONValue) { writeLine(VisibleText.of(document.description, as: .json)) }

  private static func writeLine(_ line: String) {
    let failure = put(line + "\n", to: STDOUT_FILENO)
    guard failure != 0, failure != EPIPE else { return }
    writeError("daylapse: cannot write to standard output: \(String(cString: strerror(failure)))")
    exit(1)
  }

  /// Writes words to standard error, with an escape in place of all that would act on a terminal but line feeds.
  static func writeError(_ words: String) {
    let shown = VisibleText.of(words, allowing: ["\n", "\t"])
    put(shown.hasSuffix("\n") ? shown : shown + "\n", to: STDERR_FILENO)
  }

  /// Writes to standard error as it stands.
  static func writeRawError(_ text: String) { put(text, to: STDERR_FILENO) }

  /// Writes a text whole.
  ///
  /// - Returns: 0, or the `errno` of what went wrong.
  @discardableResult
  static func put(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = systemWrite(descriptor, rest)
        if written < 0, errno == EINTR { continue }
        if written <= 0 { return written < 0 ? errno : EIO }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
      return 0
    }
  }

  static func exit(_ code: Int32) -> Never {
    #if canImport(Darwin)
      Darwin.exit(code)
    #elseif canImport(Musl)
      Musl.exit(code)
    #else
      Glibc.exit(code)
    #endif
  }

  private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}
