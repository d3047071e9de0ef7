import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

struct AuthorizedKeysTests {
  private let alice = String(repeating: "a", count: 40)
  private let bob = String(repeating: "b####", count: 8)
  private let owner = String(repeating: "c", count: 40)

  @Test func readsKeysNamesAndRights() throws {
    let keys = try AuthorizedKeys(
      parsing: "# who may\r\n\r\n\(alice)\r\n  \(bob)\tbob  control control\n#\n # \(owner)\r\n")
    #expect(
      keys.entries == [
        .init(publicKey: alice, name: alice, rights: []), .init(publicKey: bob, name: "bob", rights: [.control]),
      ])
    #expect(keys.users == [alice: alice, bob: "bob"])
    #expect(keys.namesRights)
    #expect(keys.rights(of: "bob") == [.control])
    #expect(keys.rights(of: "nobody") == [])
    #expect(try AuthorizedKeys(parsing: "").entries.isEmpty)
  }

  @Test func saysWhichLineIsWrongWithoutShowingIt() {
    func problem(_ text: String) -> String? {
      do throws(AuthorizedKeys.LineError) {
        _ = try AuthorizedKeys(parsing: text)
        return nil
      } catch { return error.description }
    }
    #expect(
      problem("# a\n\(alice)b")
        == "line 2: the first word is no key: it has 41 characters, not 40")
    #expect(
      problem(alice.dropLast() + "~") == "line 1: the first word is no key: a character of it is not of Z85")
    #expect(problem("\(alice) a\n\(alice) b") == "line 2: the same key as in a line above")
    #expect(problem("\(alice) a\n\(bob) a") == #"line 2: "a" is the name of another key above"#)
    #expect(problem("\(alice) a contrl") == #"line 1: there is no right "contrl"; there is control"#)
    #expect(
      problem("\(alice) \(String(repeating: "n", count: 65))")
        == "line 1: the name is longer than 64 bytes, or no text")
    #expect(
      problem("# Daylapse secret key: …\n\(alice)")
        == "line 1: a secret key file; the public one beside it belongs here")
  }

  @Test func theOwnersKeyMayDoEverything() {
    let keys = AuthorizedKeys([.init(publicKey: alice, name: "alice")])
    #expect(keys.adding(owner: owner).users == [alice: "alice", owner: owner])
    #expect(keys.adding(owner: owner).rights(of: owner) == [.control])
    // listed, it keeps its name
    #expect(keys.adding(owner: alice).entries == [.init(publicKey: alice, name: "alice", rights: [.control])])
    // to be given is not to be named
    #expect(!keys.namesRights)
  }

  @Test(
    arguments: [
      (["alice": [], "bob": [.control]], "alice", false), (["alice": [], "bob": [.control]], "bob", true),
      (["alice": [], "bob": []], "alice", true), (["bob": [.control]], nil, false),
    ] as [([String: Set<AuthorizedKeys.Right>], String?, Bool)])
  func controlTakesItsRightOnceAnyIsNamed(
    rights: [String: Set<AuthorizedKeys.Right>], user: String?, isAllowed: Bool
  ) {
    let keys = ["alice": alice, "bob": bob]
    let server = CurveServer(
      keypair: CurveKeypair(publicKey: owner, secretKey: owner),
      authorizedKeys: AuthorizedKeys(
        rights.sorted { $0.key < $1.key }.map { .init(publicKey: keys[$0.key]!, name: $0.key, rights: $0.value) }))
    func isAllowedTo(_ verb: String, _ user: String?) -> Bool { (try? server.check(verb, user: user)) != nil }
    #expect(isAllowedTo("control", user) == isAllowed)
    #expect(isAllowedTo("fetch", user))
    #expect(isAllowedTo("control", owner))
  }
}
