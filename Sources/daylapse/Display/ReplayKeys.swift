import Replay

/// The keys of a running replay.
enum ReplayKeys {
  /// What they do where a replay can be controlled.
  static let control: [KeyHelp] = [
    KeyHelp(sign: .text("space"), short: "pause", long: "pauses, and goes on"),
    KeyHelp(sign: .right, short: "step", long: "goes an hour on, then pauses"),
    KeyHelp(sign: .text("n"), short: nil, long: "goes on to the next event, then pauses"),
    KeyHelp(sign: .text("d"), short: nil, long: "goes a day on, then pauses"),
    KeyHelp(sign: .upAndDown, short: "speed", long: "twice, or half the speed"),
  ]

  /// What there is to know without them.
  static let always: [KeyHelp] = [
    KeyHelp(
      sign: .text("Ctrl-C"), short: nil, long: "ends in order: the same command goes on where it was; twice: at once"),
    KeyHelp(sign: .text("lag"), short: nil, long: "messages that were published and wait for the stage"),
  ]
}

extension ReplayCommand {
  /// What a key asks for; nothing for keys without a meaning.
  init?(key: Key) {
    switch key {
    case .character(" "): self = .toggle
    case .right: self = .step(.duration(SimulatedDuration(seconds: 3600)))
    case .character("n"): self = .step(.event)
    case .character("d"): self = .step(.duration(SimulatedDuration(seconds: 86_400)))
    case .up: self = .faster
    case .down: self = .slower
    default: return nil
    }
  }
}
