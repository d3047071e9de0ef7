extension Publisher {
  /// How many messages that were published each member has not processed yet, over all its topics, in the order of the
  /// members' names. Those that are done are left out.
  public var memberLags: [(member: String, lag: Int)] {
    members.members.filter { !$0.value.isDone }.sorted { $0.key < $1.key }.map { name, member in
      (
        name,
        topics.reduce(0) { sum, topic in
          member.next[topic.name].map { sum + max(0, topic.next - $0) } ?? sum
        }
      )
    }
  }
}
