import Records
import TopicStream
import ZeroMQ

/// Knows where topics are published: where it was said, or where a topology has them. Asks without blocking.
final class PublisherDirectory {
  private struct Entry {
    let probe: PublisherProbe
    let since: Int
    var lastUse: Int
  }

  let context: Context
  let security: CurveIdentity?
  let clock = StreamClock.monotonic
  private let given: Upstream?
  private let basePort: Int?
  private let dataDirectory: String
  private var told: Set<String> = []
  private var entries: [(place: Upstream, entry: Entry)] = []

  /// A place later in the order counts once those before it have been silent for so long, in nanoseconds.
  private static let graceNanoseconds = 150_000_000
  /// A place that nobody has asked about for so long is not asked any more, in nanoseconds.
  private static let idleNanoseconds = 1_000_000_000

  /// - Parameters:
  ///   - given: The publisher of all topics, if that was said.
  ///   - basePort: The first port of the topology, if that was said.
  ///   - dataDirectory: Where a run that goes on says where its publishers are.
  init(context: Context, given: Upstream?, basePort: Int?, dataDirectory: String, security: CurveIdentity?) {
    self.context = context
    self.given = given
    self.basePort = basePort
    self.dataDirectory = dataDirectory
    self.security = security
  }

  /// Where to look for a topic, in this order. `daylapse serve` has all topics at the base port.
  ///
  /// - Throws: ``CommandError`` where a run says where it is, and that cannot be read.
  func places(of topic: String) throws -> [Upstream] {
    if let given { return [given] }
    guard let index = Topology.publisher(of: topic) else { return [] }
    let base = basePort ?? 5550
    var places = basePort == nil ? [try announced(Topology.publishers[index])].compactMap { $0 } : []
    for port in [base + 2 * index, base] {
      guard let place = try? Upstream("tcp://127.0.0.1:\(port)"), !places.contains(place) else { continue }
      places.append(place)
    }
    return places
  }

  /// Looks whether a place has answered that has the topic. To be called again and again.
  ///
  /// - Returns: Nothing where none has, so far.
  /// - Throws: ``CommandError`` where the publisher that was given has other topics; `LinkProblem` where one does not let
  ///   this process in, and no other has the topic.
  func find(_ topic: String) throws -> Upstream? {
    var problem: LinkProblem?
    var mayLaterCount = true
    for place in try places(of: topic) {
      let entry = try entry(of: place)
      do {
        if let description = try entry.probe.description() {
          if description.topic(topic) != nil { return mayLaterCount ? place : nil }
          if given != nil, !description.topics.isEmpty {
            let names = description.topics.map(\.name).joined(separator: ", ")
            throw CommandError("\(place.data) has no topic \"\(topic)\"; it has \(names)")
          }
          continue
        }
      } catch let error as LinkProblem {
        problem = problem ?? error
      }
      if clock.now() - entry.since < PublisherDirectory.graceNanoseconds { mayLaterCount = false }
    }
    if let problem, mayLaterCount { throw problem }
    return nil
  }

  /// What the publisher that was given has; nothing where it has not answered so far, or does not know itself.
  func givenTopics() throws -> [String]? {
    guard let given, let description = try entry(of: given).probe.description(), !description.topics.isEmpty else {
      return nil
    }
    return description.topics.map(\.name)
  }

  /// Whether nobody has told yet that nothing answers at some places.
  func mayTell(of places: String) -> Bool { told.insert(places).inserted }

  /// Adds what answers come on.
  func add(to poller: inout Poller) {
    let now = clock.now()
    for (_, entry) in entries where now - entry.lastUse > PublisherDirectory.idleNanoseconds { entry.probe.close() }
    entries.removeAll { now - $0.entry.lastUse > PublisherDirectory.idleNanoseconds }
    for (_, entry) in entries { entry.probe.add(to: &poller) }
  }

  func close() {
    for (_, entry) in entries { entry.probe.close() }
    entries = []
  }

  private func entry(of place: Upstream) throws -> Entry {
    let now = clock.now()
    if let index = entries.firstIndex(where: { $0.place == place }) {
      entries[index].entry.lastUse = now
      return entries[index].entry
    }
    let probe = try PublisherProbe(context: context, service: place.service, security: security, clock: clock)
    let entry = Entry(probe: probe, since: now, lastUse: now)
    entries.append((place, entry))
    return entry
  }

  /// Where a run that goes on says that a stage can be reached.
  private func announced(_ stage: String) throws -> Upstream? {
    let path = dataDirectory + "/state/endpoints.json"
    guard let bytes = try readSmallFileIfPresent(path) else { return nil }
    do {
      guard let endpoints = try JSONValue(parsing: bytes)[stage] else { return nil }
      return try Upstream("\(endpoints["data"]?.stringValue ?? ""),\(endpoints["service"]?.stringValue ?? "")")
    } catch {
      throw CommandError(
        "\(path) does not say where the \(stage) is (\(error)): stop the run and start it again, or say where with "
          + "--base-port")
    }
  }
}
