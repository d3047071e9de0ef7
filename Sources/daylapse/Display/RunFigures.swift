import Records
import Replay

/// Makes what is shown of a replay from what its stages say: rates, the speed achieved, how much is over, what is
/// waited for.
struct RunFigures {
  /// What is known of a stage at present.
  struct News {
    var name: String
    var progress: StageProgress
    var isReady = true
    var isDone = false
    /// It died, and is about to be started again.
    var isDown = false
    var restarts = 0
  }

  private struct Stage {
    var news: News
    var meter = RateMeter()
    /// When it last came further.
    var grownAt: Int
  }

  /// When the clock last moved.
  private var clockMovedAt = 0
  private var lastClock: EventTime?

  /// Whoever comes no further for so long stands still; shorter waits belong to the flow of a replay at full speed.
  private static let standstillNanoseconds = 1_000_000_000

  /// Which stage replays, if one does.
  static let producer = "producer"
  private static let sink = "sink"
  /// The speed asked for, unless the producer knows better.
  var speed = ReplaySpeed.max
  /// What the start waits for, where that is known from elsewhere.
  var note: String?
  private var stages: [Stage] = []
  private var clock = RateMeter()
  private var latest = 0

  /// Takes note of how stages are. `now` is in nanoseconds.
  mutating func take(_ news: News, at now: Int) {
    let index =
      stages.firstIndex { $0.news.name == news.name }
      ?? {
        stages.append(Stage(news: news, grownAt: now))
        return stages.count - 1
      }()
    let hasGrown = stages[index].news.progress.messages != news.progress.messages
    if hasGrown { stages[index].grownAt = now }
    stages[index].news = news
    latest = now
    // what stands has no rate, and the time in which it stood is no part of the next one
    if !hasGrown, isPaused || waiting(stages[index]) != nil { stages[index].meter = RateMeter() }
    stages[index].meter.note(Double(news.progress.messages), at: now)
    guard news.name == RunFigures.producer, let time = news.progress.clock else { return }
    if isPaused { clock = RateMeter() }
    if time != lastClock { (lastClock, clockMovedAt) = (time, now) }
    clock.note(Double(time.secondsSinceEpoch), at: now)
  }

  /// Whether nothing is to be published at present.
  private var isPaused: Bool {
    note != nil || stages.contains { $0.news.name == RunFigures.producer && $0.news.progress.state == .paused }
  }

  /// A clock that has not moved for so long stands, whatever its speed was.
  private func isStanding(at speed: ReplaySpeed) -> Bool {
    var patience = 2 * RunFigures.standstillNanoseconds
    // it counts whole seconds
    if case .factor(let factor) = speed, factor > 0, factor < 1 { patience = Int(min(2e9 / factor, 1e15)) }
    return latest - clockMovedAt >= patience
  }

  var view: RunView {
    var view = RunView()
    let producer = stages.first { $0.news.name == RunFigures.producer }
    view.hasReplay = producer != nil
    view.speed = producer?.news.progress.speed ?? speed
    view.state = state(producer?.news)
    view.stages = inOrder(stages.map(line))
    guard let producer else { return view }
    let progress = producer.news.progress
    view.clock = progress.clock
    view.achievedFactor = progress.achievedFactor ?? clock.perSecond
    let all = progress.messages + progress.lag
    if let first = progress.first, let end = progress.end, let now = progress.clock, end > first {
      let length = Double(end.secondsSinceEpoch - first.secondsSinceEpoch)
      let left = Double(end.secondsSinceEpoch - now.secondsSinceEpoch)
      view.fraction = min(max(1 - left / length, 0), 1)
      if let factor = view.achievedFactor, factor > 0, !isStanding(at: view.speed) { view.secondsLeft = left / factor }
    } else if all > 0 {
      view.fraction = Double(progress.messages) / Double(all)
      if let rate = producer.meter.perSecond, rate > 0 { view.secondsLeft = Double(progress.lag) / rate }
    }
    return view
  }

  private func state(_ producer: News?) -> RunView.State {
    if let note { return .waiting(note) }
    if stages.contains(where: { !$0.news.isReady }), producer?.progress.clock == nil { return .starting }
    if producer?.isDone ?? false { return .finishing }
    // a stage that waits makes those before it wait: the last one has the reason
    let reason = stages.compactMap(waiting).last
    if let stage = stages.first(where: { $0.news.name == RunFigures.producer }), waiting(stage) != nil, let reason {
      return .waiting(reason)
    }
    switch producer?.progress.state {
    case .paused: return .paused
    case .catchingUp: return .catchingUp
    case .running: return .running
    case nil: return producer != nil && producer?.progress.clock == nil ? .starting : .running
    }
  }

  /// What a stage waits for, where it stands still.
  private func waiting(_ stage: Stage) -> String? {
    stage.news.isDone || latest - stage.grownAt < RunFigures.standstillNanoseconds ? nil : stage.news.progress.waiting
  }

  /// No stage is ahead of the one before it: what they say is of different moments.
  private func inOrder(_ lines: [RunView.Stage]) -> [RunView.Stage] {
    var lines = lines
    for index in lines.indices.dropFirst() {
      let before = lines[index - 1]
      if let time = lines[index].time, let limit = before.time { lines[index].time = min(time, limit) }
      // the sink reads more topics than the stage before it
      if lines[index].name != RunFigures.sink { lines[index].messages = min(lines[index].messages, before.messages) }
    }
    return lines
  }

  /// Those who publish know best how far a stage is behind; it does not know what is still on its way.
  private func lag(_ stage: Stage) -> Int? {
    if stage.news.name == RunFigures.producer || stage.news.isDone { return nil }
    let told = stages.flatMap(\.news.progress.memberLags).filter { $0.name == stage.news.name }
    return told.isEmpty ? stage.news.progress.lag : told.reduce(0) { $0 + $1.value }
  }

  private func line(_ stage: Stage) -> RunView.Stage {
    let news = stage.news
    let isProducer = news.name == RunFigures.producer
    return RunView.Stage(
      name: news.name, rate: news.isDone ? nil : stage.meter.perSecond, lag: lag(stage),
      time: isProducer ? news.progress.clock : news.progress.watermark, messages: news.progress.messages,
      rejected: news.progress.rejected, restarts: news.restarts,
      note: news.isDown ? "started again" : waiting(stage), isDone: news.isDone)
  }
}
