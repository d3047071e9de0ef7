/// Something that people who run a publisher should hear of.
public enum PublisherEvent: Equatable, Sendable, CustomStringConvertible {
  case joined(String)
  case present(String)
  case left(String)
  /// Not heard of for the given time; it no longer holds anything up until it returns.
  case silent(String, seconds: Int)
  case returned(String)
  /// Not let in, for the first time.
  case refused(RefusedPeer)
  /// How often somebody was not let in; at the end, of those who tried more than once.
  case refusedInTotal(String)

  /// There are too many connections: further ones are closed. Told once.
  case crowded
  /// A guest that was to be waited for has not got everything, and gave no sign for too long.
  case leftBehind(String, words: String)
  /// A connection sent more than anybody can look at, and was closed. Told once.
  case overwhelmed

  public var description: String {
    switch self {
    case .joined(let name): "\(name) joined"
    case .present(let name): "\(name) is here"
    case .left(let name): "\(name) left"
    case .silent(let name, let seconds):
      "\(name) has been silent for \(seconds) s and is treated as a guest until it returns"
    case .returned(let name): "\(name) is back"
    case .refused(let peer): "refused \(peer)"
    case .refusedInTotal(let words): words
    case .leftBehind(let name, let words): "leaves \(name) behind, which \(words)"
    case .crowded: "too many connections: further ones are closed until others end"
    case .overwhelmed: "closed a connection that sends more than can be looked at"
    }
  }
}
