import ArgumentParser
import TopicStream
import ZeroMQ

/// A failure that a person can do something about: what was wrong, where, and what to do.
struct CommandError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// Somebody pressed Ctrl-C, or asked the process to end.
struct Interrupted: Error {
  /// How to go on, where there is something to go on with.
  var hint: String?

  /// For whoever goes on where it was.
  static let goesOn = "the same command goes on where it was"

  /// Says so, unless a supervisor speaks for this process.
  func exit() -> Never {
    if !CommandLine.arguments.contains("--supervised") {
      // in place of the ^C that terminals show
      if Terminal.isInteractive { Terminal.writeRawError("\r\u{1B}[K") }
      Terminal.writeError("daylapse: interrupted" + (hint.map { "; \($0)" } ?? ""))
    }
    Terminal.exit(130)
  }
}

/// An error in words, with advice where the plain message has none.
func describe(_ error: any Error) -> String {
  if let error = error as? ZeroMQError, error.isAddressInUse, let endpoint = error.endpoint {
    if endpoint.hasPrefix("ipc://") { return "\(endpoint) is in use by another process" }
    return "\(endpoint) is taken by another process: choose other ports with --base-port, or 0 for free ones"
  }
  if let problem = error as? LinkProblem { return problem.advice }
  return "\(error)"
}
