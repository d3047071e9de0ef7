import Records
import TopicLog
import TopicStream
import TopicView
import ZeroMQ

/// A topic as its publisher gives it, which may come, go, and start over.
final class PublisherFeed: TopicFeed {
  struct Options {
    /// Known to a `--wait-for` by this name.
    var name: String?
    /// Whether everything is attached that the name stands for, so that nobody needs to wait for it any more.
    var isReady: () -> Bool = { true }
    /// Whether a jump of the replay is followed, or every message taken once, in order; nothing for what a guest does.
    var followsJumps: Bool?
    /// Whether a publisher that is waited for is worth a word.
    var saysWhoIsMissing = true
    /// Called while something is waited for; may throw to give up.
    var onWait: () throws -> Void = {}
    /// Hears what a person should know: who is waited for, jumps, new runs.
    var onNews: (String) -> Void = { _ in }
  }

  /// Where a topic is begun.
  struct Start {
    var offset: Int
    /// Messages before the first one at or after this time are left out: there is none yet.
    var awaits: EventTime?
    /// Whether the topic has not ended, so that it may still come.
    var isAhead = false
    /// Reads the times of messages.
    var timeOf: LineTime = { _ in nil }
  }

  /// What is known where a topic is begun.
  struct Beginning {
    var topic: PublisherDescription.Topic
    /// Asks the topic's publisher.
    var client: ServiceClient
    /// The run that the feed was in before, which is over.
    var formerRun: String?

    /// Where a position is; a time that has not come is to be waited for.
    func start(at position: StartPosition) throws -> Start {
      let schema = TopicSchema(published: topic)
      var start = Start(offset: 0, timeOf: schema.timeOf)
      start.offset = try position.offset(first: topic.first, next: topic.next) { time in
        guard schema.hasEventTime else {
          throw CommandError("\(time) is a time, but messages of \(topic.name) have none: give an offset")
        }
        do {
          let place = try client.header(of: topic.name, at: time)
          if place.count == 0 { (start.awaits, start.isAhead) = (time, place.isAhead) }
          return place.offset
        } catch let error as ServiceError where error.code == .badRequest {
          throw CommandError(
            "\(time) is a time, but messages of \(topic.name) have none that can be read: give an offset")
        }
      }
      return start
    }
  }

  private enum State {
    case searching
    /// Connected, and about to learn the topic's run.
    case joining(Consumer, since: Int)
    case attached(Consumer)
    case closed
  }

  let topic: String
  private(set) var next = 0
  private(set) var present = 0
  private(set) var isAttached = false
  private let directory: PublisherDirectory
  private let options: Options
  private let clock: StreamClock
  private let begin: (Beginning) throws -> Start
  private var state = State.searching
  private var searchingSince: Int
  private var upstream: Upstream?
  private var client: ServiceClient?
  private var run: String?
  private var start = Start(offset: 0)
  private var epoch = 0
  private var lastHeard = 0
  private var hasGivenName = false
  private var hasSaidMissing = false
  private var hasSaidSilent = false

  /// A publisher that is not there for so long, in nanoseconds, is worth a word.
  private static let missingNanoseconds = 1_000_000_000
  /// A publisher that has said nothing for so long, in nanoseconds, is asked whether it is there.
  private static let silenceNanoseconds = 2_000_000_000
  /// So long one may take to say something after it was found.
  private static let joiningNanoseconds = 5_000_000_000

  /// - Parameter begin: Decides which offset of a run is the first to be taken; may throw to give up.
  init(
    topic: String, directory: PublisherDirectory, options: Options, begin: @escaping (Beginning) throws -> Start
  ) {
    self.topic = topic
    self.directory = directory
    self.options = options
    clock = directory.clock
    searchingSince = directory.clock.now()
    self.begin = begin
  }

  var missing: String { "nobody publishes \(topic) at \(places)" }

  /// Where it was looked for.
  private var places = ""

  /// How many messages the publisher is known to have that were not given.
  var lag: Int {
    if case .attached(let consumer) = state { return consumer.lag(of: 0) }
    return 0
  }

  func receive() throws -> FeedBatch? {
    do {
      switch state {
      case .closed: break
      case .searching: try look()
      case .joining(let consumer, let since): try join(consumer, since: since)
      case .attached(let consumer):
        if !hasGivenName, let name = options.name, options.isReady() {
          hasGivenName = true
          try consumer.giveName(name)
        }
        if let batch = try consumer.receive(timeoutMilliseconds: 0) { return take(batch) }
        try consumer.keepAlive()
        try lookAfterPublisher()
      }
    } catch is NewRunError {
      disconnect()
    }
    return nil
  }

  func add(to poller: inout Poller) {
    switch state {
    case .joining(let consumer, _), .attached(let consumer): consumer.add(to: &poller)
    case .searching, .closed: break
    }
  }

  func close() {
    disconnect()
    state = .closed
  }

  // MARK: Finding the publisher

  private func look() throws {
    if let place = try directory.find(topic) { return try connect(to: place) }
    places = try directory.places(of: topic).map(\.data).joined(separator: " or ")
    guard !hasSaidMissing, clock.now() - searchingSince > PublisherFeed.missingNanoseconds else { return }
    hasSaidMissing = true
    // one word for all topics of a publisher
    if options.saysWhoIsMissing, directory.mayTell(of: places) {
      options.onNews("\(topic) is not published at \(places) yet: waiting for it")
    }
  }

  private func connect(to place: Upstream) throws {
    var wanted = Consumer.Options(data: place.data, service: place.service, topics: [topic])
    hasGivenName = false
    wanted.startsHeld = true
    wanted.security = directory.security
    wanted.clock = clock
    wanted.followsJumps = options.followsJumps
    let asking = try ServiceClient(context: directory.context, service: place.service, security: directory.security)
    asking.onWait = options.onWait
    client = asking
    upstream = place
    state = .joining(try Consumer(context: directory.context, options: wanted), since: clock.now())
  }

  /// Begins once the topic's run is known, and the publisher says the same of it.
  private func join(_ consumer: Consumer, since: Int) throws {
    guard let known = try consumer.knownRuns()?.first, let client else {
      if clock.now() - since > PublisherFeed.joiningNanoseconds { disconnect() }
      return
    }
    do {
      guard let described = try client.describe(timeoutMilliseconds: 1000).topic(topic), described.run == known else {
        return disconnect()
      }
      if run != known {
        start = try begin(Beginning(topic: described, client: client, formerRun: start.awaits == nil ? run : nil))
        next = start.offset
        run = known
        epoch = described.epoch
        present = described.next
        isAttached = true
      }
    } catch let error as ServiceError where error.code == .noAnswer {
      return disconnect()
    }
    hasSaidMissing = false
    lastHeard = clock.now()
    state = .attached(consumer)
    try consumer.start(from: [next])
  }

  private func disconnect() {
    switch state {
    case .joining(let consumer, _), .attached(let consumer): consumer.close(lingerMilliseconds: 0)
    case .searching, .closed: break
    }
    client?.close()
    client = nil
    state = .searching
    searchingSince = clock.now()
  }

  // MARK: Receiving

  private func take(_ batch: Consumer.Batch) -> FeedBatch {
    lastHeard = clock.now()
    hasSaidSilent = false
    if batch.epoch > epoch {
      epoch = batch.epoch
      options.onNews(jumpNews(batch))
    }
    next = batch.next
    var feed = FeedBatch(
      place: MessagePlace(topic: topic, run: batch.run, epoch: batch.epoch, offset: batch.offset), count: batch.count,
      lines: batch.lines, watermark: batch.watermark, isEnd: batch.isEnd)
    if let time = start.awaits {
      feed.leaveOut(before: time, timeOf: start.timeOf)
      if feed.count > 0 {
        start.awaits = nil
      } else if feed.isEnd {
        options.onNews("\(topic) has ended before \(time)")
      }
    }
    return feed
  }

  private func jumpNews(_ batch: Consumer.Batch) -> String {
    let place = batch.clock.map { "\($0)" } ?? "offset \(batch.offset)"
    return "the replay went to \(place) (\(topic))"
  }

  /// Asks a publisher that has fallen silent whether it is there, and looks for it elsewhere where it is not.
  private func lookAfterPublisher() throws {
    let silence = clock.now() - lastHeard
    guard silence > PublisherFeed.silenceNanoseconds, let upstream else { return }
    if let place = try directory.find(topic) {
      lastHeard = clock.now()
      hasSaidSilent = false
      guard place != upstream else { return }
      disconnect()
      try connect(to: place)
    } else if !hasSaidSilent, silence > PublisherFeed.silenceNanoseconds + PublisherFeed.missingNanoseconds {
      hasSaidSilent = true
      options.onNews("\(upstream.data) does not answer any more: waiting for \(topic) to come back")
    }
  }
}
