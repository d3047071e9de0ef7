import ZeroMQ

/// What a publisher needs to let in only those it knows, and to speak with them encrypted (CurveZMQ, ZeroMQ RFC 26).
public struct CurveServer: Sendable, Equatable {
  /// The publisher's own: its public half is what consumers have to know.
  public var keypair: CurveKeypair
  /// Who may consume. The publisher's own key always may, and may do everything.
  public var authorizedKeys: AuthorizedKeys

  public init(keypair: CurveKeypair, authorizedKeys: AuthorizedKeys = AuthorizedKeys()) {
    self.keypair = keypair
    self.authorizedKeys = authorizedKeys
  }

  /// The rights that verbs need of those who ask for them, where any are named.
  static let rightNeeded: [String: AuthorizedKeys.Right] = ["control": .control]

  /// Says no to a request whose sender lacks a right.
  ///
  /// - Parameters:
  ///   - verb: What is asked for.
  ///   - user: Who asks, as the authenticator knows them.
  func check(_ verb: String, user: String?) throws(ServiceError) {
    guard authorizedKeys.namesRights, let right = CurveServer.rightNeeded[verb] else { return }
    let known = authorizedKeys.adding(owner: keypair.publicKey)
    guard let user, known.rights(of: user).contains(right) else {
      throw ServiceError(
        .notAllowed,
        "\"\(verb)\" takes a key with the right \(right.rawValue); that of \(user ?? "nobody") has not got it")
    }
  }
}

/// What a consumer needs to connect to a publisher with keys.
public struct CurveIdentity: Sendable, Equatable {
  /// The consumer's own.
  public var keypair: CurveKeypair
  /// The publisher's public key, 40 characters of Z85: anybody else who answers in its place is not listened to.
  public var serverKey: String

  public init(keypair: CurveKeypair, serverKey: String) {
    self.keypair = keypair
    self.serverKey = serverKey
  }

  /// Applies it to a socket that has not connected yet.
  func apply(to socket: Socket) throws(ZeroMQError) {
    try socket.setCurveClient(serverKey: serverKey, keypair: keypair)
  }
}
