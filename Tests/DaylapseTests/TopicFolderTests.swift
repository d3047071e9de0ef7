import Testing

@testable import daylapse

struct TopicFolderTests {
  @Test(arguments: ["", ".", "..", ".hidden", "a/b", "/", "../events.raw", "events.raw/", "a\0b"])
  func namesThatWouldLeadElsewhereAreNone(name: String) { #expect(!TopicFolder.isName(name)) }

  @Test(arguments: ["events.raw", "my topic", "ünlü", "a..b", "-"])
  func anyOtherNameIsOne(name: String) { #expect(TopicFolder.isName(name)) }

  @Test func whatRecoverPutsAsideIsKnown() {
    #expect(TopicFolder.isSetAside("events.raw.damaged-1") && TopicFolder.isSetAside("a.damaged-2.damaged-12"))
    #expect(
      !TopicFolder.isSetAside("events.raw") && !TopicFolder.isSetAside("events.damaged-")
        && !TopicFolder.isSetAside("events.damaged-x"))
  }
}
