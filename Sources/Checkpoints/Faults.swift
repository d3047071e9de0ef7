/// Points of a stage's work at which a test may let it die.
public enum CrashPoint: String, Sendable, CaseIterable {
  case afterReceive = "after-receive"
  case beforeAppend = "before-append"
  case afterAppend = "after-append"
  case afterPublish = "after-publish"
  case beforeCheckpoint = "before-checkpoint"
  case beforeCheckpointRename = "before-checkpoint-rename"
  case afterCheckpoint = "after-checkpoint"
  case afterAcknowledge = "after-acknowledge"
  case duringMerge = "during-merge"
  case beforeManifest = "before-manifest"
  case beforeLeaving = "before-leaving"
  case afterLeaving = "after-leaving"
}

/// A part of what makes results right that a test takes away, to see that it would notice.
public enum Safeguard: String, Sendable, CaseIterable {
  /// A consumer ignores what it has had before.
  case deduplication
  /// A consumer fetches what it has missed.
  case gapRepair
  /// What a stage gives again is compared with its log, and not written a second time.
  case comparison
  /// A stage says that it is done after what it made is safe.
  case order
}

/// Told of every crash point that is reached. In production nobody listens, and nothing is taken away.
public struct Faults: Sendable {
  private let listener: (@Sendable (CrashPoint) throws -> Void)?
  private let missing: Safeguard?

  /// - Parameters:
  ///   - missing: What works no more.
  ///   - listener: May end the process, or throw to end the stage as if it had.
  public init(missing: Safeguard? = nil, _ listener: (@Sendable (CrashPoint) throws -> Void)? = nil) {
    self.missing = missing
    self.listener = listener
  }

  /// Whether a safeguard works.
  @inline(__always)
  public func has(_ safeguard: Safeguard) -> Bool { missing != safeguard }

  public static let none = Faults()

  @inline(__always)
  public func reach(_ point: CrashPoint) throws {
    if let listener { try listener(point) }
  }
}
