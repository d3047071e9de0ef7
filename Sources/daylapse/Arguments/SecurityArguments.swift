import ArgumentParser
import TopicStream
import ZeroMQ

/// The key of a process, and whose it lets in.
struct KeyArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Secret key of this process, as daylapse keygen writes it. With it everything is encrypted.", valueName: "file"),
    completion: .file(extensions: ["key"]))
  var curveKey: String?
  @Option(
    help: ArgumentHelp(
      "Public keys that may consume what is published, one a line, with a name and rights if you like. "
        + "[default: only this process's own]", valueName: "file"),
    completion: .file())
  var authorizedKeys: String?

  func validate() throws {
    for (flag, path) in [("--curve-key", curveKey), ("--authorized-keys", authorizedKeys)] where path == "" {
      throw ValidationError("\(flag) is empty: name a file")
    }
    if authorizedKeys != nil, curveKey == nil {
      throw ValidationError("--authorized-keys says who may connect, which takes a key of one's own: add --curve-key")
    }
  }

  /// What a publisher needs; nothing without a key.
  ///
  /// - Throws: `KeyFileError` where a file is not what it should be.
  func server() throws -> CurveServer? {
    guard let curveKey else { return nil }
    return CurveServer(
      keypair: try KeyFile.readKeypair(curveKey),
      authorizedKeys: try authorizedKeys.map { try KeyFile.readAuthorizedKeys($0) } ?? AuthorizedKeys())
  }

  /// The same as arguments for a stage: the files' names, never what is in them.
  var commandLine: [String] {
    (curveKey.map { ["--curve-key=\($0)"] } ?? []) + (authorizedKeys.map { ["--authorized-keys=\($0)"] } ?? [])
  }
}

/// How connections are secured, of every command that binds or connects.
struct SecurityArguments: ParsableArguments {
  @OptionGroup var keys: KeyArguments
  @Option(
    help: ArgumentHelp(
      "Public key of the publisher that is connected to. [default: this process's own]", valueName: "file"),
    completion: .file(extensions: ["pub"]))
  var upstreamKey: String?

  func validate() throws {
    if upstreamKey == "" { throw ValidationError("--upstream-key is empty: name a file") }
    if upstreamKey != nil, keys.curveKey == nil {
      throw ValidationError("--upstream-key is of no use without a key of one's own: add --curve-key")
    }
  }

  /// What a consumer needs; nothing without a key.
  ///
  /// - Throws: `KeyFileError` where a file is not what it should be.
  func identity() throws -> CurveIdentity? {
    guard let curveKey = keys.curveKey else { return nil }
    let keypair = try KeyFile.readKeypair(curveKey)
    return CurveIdentity(
      keypair: keypair, serverKey: try upstreamKey.map { try KeyFile.readPublicKey($0) } ?? keypair.publicKey)
  }
}

extension LinkProblem {
  /// In words, with the options that have to do with it.
  var advice: String {
    switch reason {
    case .notAuthorized(let key):
      "\(endpoint) does not let in the key \(key): append its .pub file to the publisher's --authorized-keys"
    case .keysMissing: "\(endpoint) takes only those who have a key: add --curve-key"
    case .keysNotWanted: "\(endpoint) does not encrypt: leave --curve-key out here, or start it with --curve-key"
    case .noAnswer(withKeys: true):
      "no answer from \(endpoint), which breaks off every connection: is --upstream-key its key?"
    case .noAnswer(withKeys: false):
      "no answer from \(endpoint), which breaks off every connection: does it take --curve-key?"
    }
  }
}
