/// How often a `fetch` may be refused before it is given up, and how long to wait before it is asked again.
///
/// Counts what was refused in a row: whatever is answered begins a new budget. Pure bookkeeping.
struct FetchBudget: Equatable, Sendable {
  /// So many refusals in a row are too many.
  static let limit = 6
  static let firstPauseNanoseconds = 250_000_000

  private(set) var refusals = 0

  /// Notes a refusal.
  ///
  /// - Returns: How long to wait before asking again, in nanoseconds; `nil` where that is of no use any more.
  mutating func pause(after code: ServiceError.Code) -> Int? {
    switch code {
    case .beyondEnd, .notReady, .noAnswer:
      // a publisher that was started again comes to it, when somebody who has paused it lets it
      return FetchBudget.firstPauseNanoseconds
    case .badRequest, .unknownVerb, .notAllowed:
      refusals += 1
      return nil
    case .unknownTopic, .tooManyMembers, .retry, .failed:
      refusals += 1
      return refusals < FetchBudget.limit ? FetchBudget.firstPauseNanoseconds << (refusals - 1) : nil
    }
  }
}

/// A publisher did not give messages that it has published.
public struct FetchRefused: Error, Equatable, CustomStringConvertible {
  /// Its service endpoint.
  public var publisher: String
  public var topic: String
  public var offset: Int
  /// How often it was asked.
  public var times: Int
  public var reason: ServiceError

  public var description: String {
    "\(publisher) does not give \(topic) from offset \(offset), asked \(times == 1 ? "once" : "\(times) times"): "
      + "\(reason). Put that right where the publisher runs, then run the same command again"
  }
}
