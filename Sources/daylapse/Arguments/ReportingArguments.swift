import ArgumentParser
import Records

/// How a job says what it does, and what it has done.
struct ReportingArguments: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Shows errors only, and the result where --json asks for it.")
  var quiet = false
  @Flag(help: "Prints the result as one JSON object, its numbers exact.")
  var json = false

  /// Prints the result. Warnings are part of it as JSON, and words to whoever is there otherwise.
  func tell(_ result: JSONValue, lines: [String], warnings: [String]) {
    if json {
      guard case .object(let members) = result else { return }
      let all = members + [.init("warnings", .array(warnings.map { .string($0) }))]
      Terminal.write(JSONValue.object(all))
    } else if !quiet {
      for text in lines { Terminal.write(text) }
    }
    if !quiet, !json { for warning in warnings { Terminal.writeError("daylapse: \(warning)") } }
  }
}
