import ArgumentParser
import Records

/// Where messages of topics of one's own say when they happened, where their `topic.json` does not say it.
struct TimeFieldArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where messages of topics of your own say when they happened; dots lead into objects. [default: as their topic.json "
        + "says, else event_time]", valueName: "field"))
  var timeField: String?
  @Option(
    help: ArgumentHelp("What times that are numbers count since 1970: s, ms, us or ns.", valueName: "unit"))
  var timeUnit: TimeField.Unit?

  func validate() throws {
    if let timeField, timeField.isEmpty { throw ValidationError("--time-field is empty: name a field") }
  }

  /// - Throws: `ValidationError` where all topics are of the topology, whose times are known.
  func check(topics: [String]) throws {
    guard given != nil, topics.allSatisfy({ !TopicCatalogue.schema(of: $0).fields.isEmpty }) else { return }
    throw ValidationError(
      "--time-field and --time-unit are for topics of your own; \(topics.joined(separator: ", ")) have their times where the "
        + "topology says")
  }

  /// What was said, if anything.
  var given: TimeField? {
    guard timeField != nil || timeUnit != nil else { return nil }
    return TimeField(timeField ?? "event_time", unit: timeUnit)
  }
}

extension TimeField.Unit: ExpressibleByArgument {}
