import Records
import Testing

@testable import daylapse

struct TopologyTests {
  @Test func hasEveryTopicOfTheCatalogue() {
    #expect(Set(Topology.allTopics) == Set(TopicCatalogue.all.map(\.topic)))
    #expect(Topology.allTopics.count == TopicCatalogue.all.count)
    for topic in Topology.allTopics { #expect(Topology.publisher(of: topic) != nil) }
    #expect(Topology.publisher(of: "active.daily") == nil)
  }
}
