import Records
import Replay
import TopicStream

/// Answers `control`: takes what people ask of a replay, and tells them how it stands.
final class ControlDesk {
  private let replayer: Replayer
  private let clock: StreamClock
  /// The number of the last command that was taken, and when.
  private var taken = (number: 0, at: Int.min / 2)
  /// The number of the last command of which somebody was told that it was carried out.
  private var told = 0

  /// Whoever gave a command asks how it stands, so soon after it, or does not care, in nanoseconds.
  private static let patienceNanoseconds = 1_000_000_000

  init(_ replayer: Replayer, clock: StreamClock) {
    self.replayer = replayer
    self.clock = clock
  }

  /// Whether somebody has just given a command and has not heard yet that it was carried out: a replay that comes to its
  /// end by it stays to say so.
  var owesAnAnswer: Bool { told < taken.number && clock.now() - taken.at < ControlDesk.patienceNanoseconds }

  func answer(_ arguments: JSONValue) throws(ServiceError) -> JSONValue {
    do {
      let command = try ReplayCommand(arguments)
      let number = try replayer.ask(command)
      let status = replayer.status
      if command != .status { taken = (number, clock.now()) }
      told = max(told, status.applied)
      return .object([.init("number", .int(number))] + status.json)
    } catch {
      throw ServiceError(.badRequest, "\(error)")
    }
  }
}
