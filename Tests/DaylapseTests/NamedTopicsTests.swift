import Testing

@testable import daylapse

struct NamedTopicsTests {
  private func named(_ texts: String..., folder: String = "topics") throws -> [String] {
    let named = try NamedTopics(texts, in: folder)
    return [named.folder] + named.names
  }

  @Test func topicsNamedAloneLieInTheFolder() throws {
    #expect(try named("events.raw", "a") == ["topics", "events.raw", "a"])
    #expect(try named("events.raw/") == ["topics", "events.raw"])
    #expect(try named(folder: "x/y") == ["x/y"])
  }

  @Test func pathsAsAShellCompletesThemNameTheirFolder() throws {
    #expect(try named("topics/events.raw/") == ["topics", "events.raw"])
    #expect(try named("./topics//events.raw", "events.clean") == ["./topics/", "events.raw", "events.clean"])
    #expect(try named("../other/a", "../other/b/") == ["../other", "a", "b"])
    #expect(try named("/data/a", folder: "x") == ["/data", "a"])
    #expect(try named("/a") == ["/", "a"])
  }

  @Test func topicsOfTwoFoldersAreRefused() {
    #expect(throws: (any Error).self) { try named("a", "other/b") }
    #expect(throws: (any Error).self) { try named("x/a", "y/b") }
  }

  @Test(arguments: ["", "/", ".", "..", "topics/..", "topics/.hidden", "a/\u{1B}[2J"])
  func otherPathsNameNoTopic(_ text: String) {
    #expect(throws: (any Error).self) { try named(text) }
  }
}
