import Testing

@testable import daylapse

struct RecordingDigestTests {
  @Test(arguments: [0, 1, 4589, Int.max])
  func readsWhatItWrites(first: Int) {
    #expect(RecordingDigest(RecordingDigest(first: first).description)?.first == first)
  }

  @Test(arguments: [
    "", "clean 1", "record", "record 2", "record 1 ", "record 1 from 0", "record 1 from -1", "record 1 from x",
  ])
  func whatWasNotRecordedIsNone(text: String) {
    #expect(RecordingDigest(text) == nil)
  }
}
