import Testing

@testable import daylapse

struct TopicFolderTests {
  @Test func whatRecoverPutsAsideIsKnown() {
    #expect(TopicFolder.isSetAside("events.raw.damaged-1") && TopicFolder.isSetAside("a.damaged-2.damaged-12"))
    #expect(
      !TopicFolder.isSetAside("events.raw") && !TopicFolder.isSetAside("events.damaged-")
        && !TopicFolder.isSetAside("events.damaged-x"))
  }
}
