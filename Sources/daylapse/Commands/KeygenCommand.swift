import ArgumentParser
import OutputFiles
import TopicStream
import ZeroMQ

struct KeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen",
    abstract: "Makes a key pair: PATH.key, which is secret, and PATH.pub, for others.",
    discussion: """
        daylapse keygen keys/topology
        daylapse keygen keys/analyst
        daylapse run --curve-key keys/topology.key --authorized-keys keys/analyst.pub

      docs/security.md says who needs which.
      """)

  @Argument(help: ArgumentHelp("Both files' path, without .key and .pub.", valueName: "path"), completion: .file())
  var path: String
  @Flag(help: "Replaces a pair that is there: the new key has to be authorised anew.")
  var force = false

  func validate() throws {
    guard let name = path.split(separator: "/", omittingEmptySubsequences: false).last, !name.isEmpty, name != ".",
      name != ".."
    else { throw ValidationError("\"\(path)\" names no file: say for example keys/producer") }
  }

  func run() throws {
    if let slash = path.lastIndex(of: "/") { try createDirectories(String(path[..<slash])) }
    let keypair = try curveKeypair()
    do throws(KeyFileError) {
      try KeyFile.write(keypair, to: path, mayReplace: force)
    } catch {
      guard error.reason == .exists else { throw error }
      throw CommandError("\(error), or add --force")
    }
    Terminal.write("\(path).key  secret: stays on this machine")
    Terminal.write("\(path).pub  \(keypair.publicKey)")
  }
}
