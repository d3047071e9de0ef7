import Records

/// Decides what a stage shows its guests of what it has made, when the replay upstream goes somewhere else. No sockets, no
/// files.
///
/// The stage itself processes every message once. Passed over by a jump forward, it works without being watched until it
/// has come so far; after a jump back it shows what it made before once more, as far as the replay has come.
struct StageMirror: Equatable {
  enum Action: Equatable {
    /// Goes to a simulated time, in another epoch.
    case jump(to: EventTime, epoch: Int)
    /// Shows what was made of events up to and at this time.
    case show(through: EventTime)
    /// Shows all that was made, and what is made from now on.
    case goLive
  }

  private enum State: Equatable {
    case live
    case passingOver(start: Int, clock: EventTime)
    case repeating
  }

  private(set) var epoch: Int
  private var state = State.live
  /// How far was shown in this epoch.
  private var shown: EventTime?

  init(epoch: Int) { self.epoch = epoch }

  /// Whether what is made is shown as it is made.
  var isLive: Bool { state == .live }

  /// - Parameters:
  ///   - place: Where the replay upstream is.
  ///   - progress: How far its messages have been processed.
  mutating func turn(_ place: ReplayPlace, progress: Int) -> [Action] {
    var actions: [Action] = []
    if place.epoch > epoch {
      epoch = place.epoch
      shown = nil
      guard let clock = place.startClock else { return [] }
      if place.start > progress {
        state = .passingOver(start: place.start, clock: clock)
      } else {
        actions.append(.jump(to: clock, epoch: epoch))
        state = .repeating
      }
    }
    if case .passingOver(let start, let clock) = state, progress >= start {
      actions.append(.jump(to: clock, epoch: epoch))
      state = .repeating
    }
    guard state == .repeating else { return actions }
    if place.next >= progress {
      actions.append(.goLive)
      state = .live
    } else if let watermark = place.watermark, watermark != shown {
      shown = watermark
      actions.append(.show(through: watermark))
    }
    return actions
  }

  /// At the end of the input there is nothing left to wait for.
  mutating func end() -> [Action] {
    defer { state = .live }
    return switch state {
    case .live: []
    case .passingOver(_, let clock): [.jump(to: clock, epoch: epoch), .goLive]
    case .repeating: [.goLive]
    }
  }
}
