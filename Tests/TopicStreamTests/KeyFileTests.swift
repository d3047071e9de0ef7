import Foundation
import TestSupport
import Testing
import ZeroMQ

@testable import TopicStream

@Suite(.enabled(if: hasCapability("curve"))) struct KeyFileTests {
  private func problem(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return "\(error)" }
  }

  private func mode(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as! Int
  }

  private func write(_ text: String, to path: String, mode: Int = 0o600) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test func readsWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let keypair = try curveKeypair()
      try KeyFile.write(keypair, to: folder + "/my laptop")
      #expect(try KeyFile.readKeypair(folder + "/my laptop.key") == keypair)
      #expect(try KeyFile.readPublicKey(folder + "/my laptop.pub") == keypair.publicKey)
      // a public key file is a list of authorised keys as it is
      #expect(
        try KeyFile.readAuthorizedKeys(folder + "/my laptop.pub").entries
          == [.init(publicKey: keypair.publicKey, name: "my-laptop")])
      #expect(try mode(folder + "/my laptop.key") == 0o600)
      #expect(try String(contentsOfFile: folder + "/my laptop.key", encoding: .utf8).hasPrefix("# Daylapse secret key"))
      #expect(try !String(contentsOfFile: folder + "/my laptop.pub", encoding: .utf8).contains(keypair.secretKey))
    }
  }

  @Test func neverReplacesAPairUnlessTold() throws {
    try withTemporaryFolder { folder in
      let (first, second) = (try curveKeypair(), try curveKeypair())
      let path = folder + "/a"
      try KeyFile.write(first, to: path)
      #expect(problem { try KeyFile.write(second, to: path) }?.hasPrefix("\(path).pub is there already") == true)
      // one half is enough
      try FileManager.default.removeItem(atPath: path + ".pub")
      #expect(problem { try KeyFile.write(second, to: path) }?.hasPrefix("\(path).key is there already") == true)
      #expect(try KeyFile.readKeypair(path + ".key") == first)
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path + ".key")
      try KeyFile.write(second, to: path, mayReplace: true)
      #expect(try KeyFile.readKeypair(path + ".key") == second)
      #expect(try mode(path + ".key") == 0o600)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.key", "a.pub"])
      #expect(
        problem { try KeyFile.write(first, to: folder + "/none/a") }
          == "cannot create \(folder)/none/a.key: No such file or directory")
    }
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660])
  func refusesASecretThatOthersMayRead(mode: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.key"
      try KeyFile.write(try curveKeypair(), to: folder + "/a")
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      #expect(
        problem { _ = try KeyFile.readKeypair(path) }
          == "\(path) is a secret key that others may read: chmod 600 \(path)")
    }
  }

  @Test func refusesAListThatEverybodyMayWriteTo() throws {
    try withTemporaryFolder { folder in
      try write("", to: folder + "/list", mode: 0o666)
      #expect(
        problem { _ = try KeyFile.readAuthorizedKeys(folder + "/list") }?.hasSuffix("chmod o-w \(folder)/list") == true)
      try write("# nobody\nshort", to: folder + "/list", mode: 0o664)
      #expect(
        problem { _ = try KeyFile.readAuthorizedKeys(folder + "/list") }?.hasPrefix("\(folder)/list, line 2: ") == true)
    }
  }

  @Test func tellsTheHalvesApart() throws {
    try withTemporaryFolder { folder in
      try KeyFile.write(try curveKeypair(), to: folder + "/a")
      #expect(
        problem { _ = try KeyFile.readKeypair(folder + "/a.pub") }
          == "\(folder)/a.pub is a public key, but the secret one is needed, which ends with .key")
      #expect(problem { _ = try KeyFile.readPublicKey(folder + "/a.key") }?.contains("is a secret key, but") == true)
      #expect(problem { _ = try KeyFile.readAuthorizedKeys(folder + "/a.key") }?.contains("a secret key file") == true)
    }
  }

  @Test func refusesWhatIsNoKeyFile() throws {
    let key = String(repeating: "k", count: 40)
    let wrong = [
      "": "there is no key in it", "# only\n": "there is no key in it", "\(key)\n\(key)\n": "more than one key",
      "\(key)k": "the key has 41 characters", "\(key.dropLast())~": "not of Z85",
      String(repeating: "# x\n", count: 1025): "it has more than 4096 bytes",
    ]
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      for (text, words) in wrong {
        try write(text, to: path)
        for read in [{ _ = try KeyFile.readKeypair(path) }, { _ = try KeyFile.readPublicKey(path) }] {
          let found = try #require(problem(read))
          #expect(found.contains(words))
          #expect(!found.contains("kkk"))
        }
      }
      try write("\(key) with a name\n", to: path)
      #expect(try KeyFile.readPublicKey(path) == key)
      #expect(problem { _ = try KeyFile.readKeypair(folder) } == "\(folder) is no regular file, but keys lie in files")
      #expect(
        problem { _ = try KeyFile.readKeypair(folder + "/none") }
          == "cannot read \(folder)/none: No such file or directory")
    }
  }

  @Test func aFifoIsNoKeyFile() throws {
    try withTemporaryFolder { folder in
      try #require(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(problem { _ = try KeyFile.readKeypair(folder + "/pipe") }?.contains("no regular file") == true)
    }
  }
}
