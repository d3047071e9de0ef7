import ArgumentParser

extension SpeedArgument {
  static var defaultCompletionKind: CompletionKind {
    .list(["max", "realtime", "60x", "3600x", "1h/s", "6h/s", "1d/s", "7d/s"])
  }
}
