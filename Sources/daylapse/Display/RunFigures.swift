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
  }

  /// Which stage replays, if one does.
  static let producer = "producer"
  /// The speed asked for, unless the producer knows better.
  var speed = ReplaySpeed.max
  /// What the start waits for, where that is known from elsewhere.
  var note: String?
  private var stages: [Stage] = []
  private var clock = RateMeter()

  /// Takes note of how stages are. `now` is in nanoseconds.
  mutating func take(_ news: News, at now: Int) {
    let index =
      stages.firstIndex { $0.news.name == news.name }
      ?? {
        stages.append(Stage(news: news))
        return stages.count - 1
      }()
    stages[index].news = news
    stages[index].meter.note(Double(news.progress.messages), at: now)
    if news.name == RunFigures.producer, let time = news.progress.clock {
      clock.note(Double(time.secondsSinceEpoch), at: now)
    }
  }

  var view: RunView {
    var view = RunView()
    let producer = stages.first { $0.news.name == RunFigures.producer }
    view.hasReplay = producer != nil
    view.speed = producer?.news.progress.speed ?? speed
    view.state = state(producer?.news)
    view.stages = stages.map(RunFigures.line)
    guard let producer else { return view }
    let progress = producer.news.progress
    view.clock = progress.clock
    view.achievedFactor = progress.achievedFactor ?? clock.perSecond
    let all = progress.messages + progress.lag
    if let first = progress.first, let end = progress.end, let now = progress.clock, end > first {
      let length = Double(end.secondsSinceEpoch - first.secondsSinceEpoch)
      let left = Double(end.secondsSinceEpoch - now.secondsSinceEpoch)
      view.fraction = min(max(1 - left / length, 0), 1)
      if let factor = view.achievedFactor, factor > 0 { view.secondsLeft = left / factor }
    } else if all > 0 {
      view.fraction = Double(progress.messages) / Double(all)
      if let rate = producer.meter.perSecond, rate > 0 { view.secondsLeft = Double(progress.lag) / rate }
    }
    return view
  }

  private func state(_ producer: News?) -> RunView.State {
    if let note { return .waiting(note) }
    if stages.contains(where: { !$0.news.isReady }), producer?.progress.clock == nil { return .starting }
    // a stage that waits makes those before it wait: the last one has the reason
    let waiting = stages.last { $0.news.progress.waiting != nil && !$0.news.isDone }?.news.progress.waiting
    if producer?.isDone ?? false { return .finishing }
    if producer?.progress.waiting != nil, let waiting { return .waiting(waiting) }
    switch producer?.progress.state {
    case .paused: return .paused
    case .catchingUp: return .catchingUp
    case .running: return .running
    case nil: return producer != nil && producer?.progress.clock == nil ? .starting : .running
    }
  }

  private static func line(_ stage: Stage) -> RunView.Stage {
    let news = stage.news
    let isProducer = news.name == producer
    return RunView.Stage(
      name: news.name, rate: news.isDone ? nil : stage.meter.perSecond, lag: isProducer ? nil : news.progress.lag,
      time: isProducer ? news.progress.clock : news.progress.watermark, messages: news.progress.messages,
      rejected: news.progress.rejected, restarts: news.restarts,
      note: news.isDown ? "started again" : news.progress.waiting, isDone: news.isDone)
  }
}
