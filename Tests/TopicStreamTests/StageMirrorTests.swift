import Records
import Testing

@testable import TopicStream

struct StageMirrorTests {
  private func time(_ day: Int) -> EventTime { EventTime(CivilDate(daysSinceEpoch: Int32(20_000 + day))) }

  /// A place in a replay: an epoch that began at an offset and a day, and how far it has come.
  private func place(epoch: Int, start: Int, day: Int, next: Int, shown: Int? = nil) -> ReplayPlace {
    var place = ReplayPlace(DataHeader(run: "r", epoch: epoch, offset: start, count: 0, clock: time(day)))
    place.note(
      DataHeader(
        run: "r", epoch: epoch, offset: start, count: next - start, watermark: shown.map(time), clock: time(day)))
    return place
  }

  @Test func withoutAJumpEverythingIsShownAsItIsMade() {
    var mirror = StageMirror(epoch: 0)
    #expect(mirror.turn(place(epoch: 0, start: 0, day: 0, next: 90, shown: 3), progress: 40).isEmpty)
    #expect(mirror.isLive)
    #expect(mirror.end().isEmpty)
  }

  @Test func aJumpBackShowsAgainWhatTheReplayShowsAgain() {
    var mirror = StageMirror(epoch: 0)
    #expect(mirror.turn(place(epoch: 1, start: 10, day: 2, next: 10), progress: 40) == [.jump(to: time(2), epoch: 1)])
    #expect(!mirror.isLive)
    let second = place(epoch: 1, start: 10, day: 2, next: 20, shown: 3)
    #expect(mirror.turn(second, progress: 40) == [.show(through: time(3))])
    #expect(mirror.turn(second, progress: 40).isEmpty)
    // what is still being fetched is not shown before its time
    #expect(mirror.turn(second, progress: 50).isEmpty)
    #expect(mirror.turn(place(epoch: 1, start: 10, day: 2, next: 50, shown: 4), progress: 50) == [.goLive])
    #expect(mirror.isLive)
  }

  @Test func whatAJumpForwardPassesOverIsMadeUnseen() {
    var mirror = StageMirror(epoch: 0)
    let ahead = place(epoch: 1, start: 70, day: 5, next: 70)
    #expect(mirror.turn(ahead, progress: 40).isEmpty)
    #expect(!mirror.isLive)
    #expect(mirror.turn(ahead, progress: 69).isEmpty)
    #expect(mirror.turn(ahead, progress: 70) == [.jump(to: time(5), epoch: 1), .goLive])
    #expect(mirror.isLive)
  }

  @Test func aJumpBackFromWhereItHasNotComeTo() {
    var mirror = StageMirror(epoch: 0)
    #expect(mirror.turn(place(epoch: 1, start: 70, day: 5, next: 70), progress: 40).isEmpty)
    let back = place(epoch: 2, start: 20, day: 1, next: 30, shown: 2)
    #expect(mirror.turn(back, progress: 55) == [.jump(to: time(1), epoch: 2), .show(through: time(2))])
    #expect(!mirror.isLive)
  }

  @Test func theEndShowsAllThatIsLeft() {
    var mirror = StageMirror(epoch: 0)
    _ = mirror.turn(place(epoch: 1, start: 10, day: 2, next: 12), progress: 40)
    #expect(mirror.end() == [.goLive])
    _ = mirror.turn(place(epoch: 2, start: 70, day: 5, next: 70), progress: 40)
    #expect(mirror.end() == [.jump(to: time(5), epoch: 2), .goLive])
    #expect(mirror.isLive)
  }

  @Test func aStageThatIsStartedAgainIsLiveInTheEpochItFinds() {
    var mirror = StageMirror(epoch: 3)
    #expect(mirror.turn(place(epoch: 3, start: 10, day: 2, next: 12, shown: 2), progress: 40).isEmpty)
    #expect(mirror.isLive)
  }
}
