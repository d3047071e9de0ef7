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
}

/// Told of every crash point that is reached. In production nobody listens.
public struct Faults: Sendable {
  private let listener: (@Sendable (CrashPoint) throws -> Void)?

  /// - Parameter listener: May end the process, or throw to end the stage as if it had.
  public init(_ listener: (@Sendable (CrashPoint) throws -> Void)? = nil) { self.listener = listener }

  public static let none = Faults()

  @inline(__always)
  public func reach(_ point: CrashPoint) throws {
    if let listener { try listener(point) }
  }
}
