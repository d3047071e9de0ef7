import Testing

@testable import daylapse

struct SuggestionTests {
  private static let topics = ["users.raw", "events.raw", "users.clean", "events.clean", "user.daily"]

  @Test(arguments: [
    ("evnts.raw", "events.raw"), ("events_raw", "events.raw"), ("Events.Clean", "events.clean"),
    ("user.dayly", "user.daily"), ("users.daily", "user.daily"), ("eventsraw", "events.raw"), ("daily", "user.daily"),
    ("event.raw", "events.raw"), ("usres.raw", "users.raw"),
  ])
  func findsTheNameThatWasMeant(name: String, meant: String) {
    #expect(Suggestion.nearest(to: name, among: Self.topics) == meant)
  }

  @Test(arguments: ["", "x", "payments", "events.rejected.by.nobody", "ra"])
  func suggestsNothingFarFetched(name: String) { #expect(Suggestion.nearest(to: name, among: Self.topics) == nil) }

  @Test func ofNamesThatAreAsNearTheFirstIsTaken() {
    #expect(Suggestion.nearest(to: "cat", among: ["bat", "hat"]) == "bat")
  }

  @Test func asksOnlyWhereThereIsSomethingToAsk() {
    #expect(Suggestion.question(for: "evnts.raw", among: Self.topics) == "; did you mean \"events.raw\"?")
    #expect(Suggestion.question(for: "payments", among: Self.topics) == "")
  }

  @Test(arguments: [("", "", 0), ("ab", "", 2), ("abc", "abd", 1), ("abcd", "abdc", 1), ("kitten", "sitting", 3)])
  func countsWhatHasToBeChanged(left: String, right: String, distance: Int) {
    #expect(Suggestion.editDistance(Array(left), Array(right)) == distance)
    #expect(Suggestion.editDistance(Array(right), Array(left)) == distance)
  }
}
