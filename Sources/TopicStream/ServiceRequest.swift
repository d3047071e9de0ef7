import Records

/// A request to a publisher's service socket, taken apart and checked.
enum ServiceRequest: Equatable {
  case describe
  /// With `before`, no message at or beyond that offset, but for the first.
  case fetch(topic: String, from: FetchStart, maxBytes: Int, before: Int? = nil)
  /// Without `next` the consumer only gives its name.
  case ack(member: String, topic: String, next: Int?, done: Bool, at: Int? = nil)
  case leave(member: String)
  /// A verb that only some publishers answer.
  case other(verb: String, JSONValue)

  enum FetchStart: Equatable {
    case offset(Int)
    case time(EventTime)
  }

  static let maxNameBytes = 128
  static let defaultFetchBytes = 1 << 20
  static let maxFetchBytes = 4 << 20

  /// - Parameter frames: The request without its envelope: a verb and, for most, a JSON object.
  init(frames: [[UInt8]]) throws(ServiceError) {
    guard frames.count == 1 || frames.count == 2, frames[0].count <= 64 else {
      throw ServiceError(.badRequest, "a request is two frames, a verb and a JSON object; these are \(frames.count)")
    }
    let verb = String(decoding: frames[0], as: UTF8.self)
    var arguments: JSONValue = .object([])
    if frames.count == 2, !frames[1].isEmpty {
      do { arguments = try JSONValue(parsing: frames[1]) } catch {
        throw ServiceError(.badRequest, "the second frame is \(error)")
      }
      guard case .object = arguments else { throw ServiceError(.badRequest, "the second frame is no JSON object") }
    }
    self = try ServiceRequest(verb: verb, arguments)
  }

  private init(verb: String, _ arguments: JSONValue) throws(ServiceError) {
    switch verb {
    case "describe": self = .describe
    case "fetch":
      let topic = try ServiceRequest.name("topic", arguments)
      let from: FetchStart
      if let text = arguments["time"]?.stringValue {
        guard let time = EventTime(text) else { throw ServiceError(.badRequest, "\"time\" is no date and time") }
        from = .time(time)
      } else {
        guard let offset = arguments["offset"]?.intValue, offset >= 0 else {
          throw ServiceError(.badRequest, "fetch needs \"offset\", a whole number from 0, or \"time\"")
        }
        from = .offset(offset)
      }
      var maxBytes = ServiceRequest.defaultFetchBytes
      if let given = arguments["max_bytes"] {
        guard let bytes = given.intValue, bytes > 0 else {
          throw ServiceError(.badRequest, "\"max_bytes\" is no whole number above 0")
        }
        maxBytes = min(bytes, ServiceRequest.maxFetchBytes)
      }
      let before = arguments["before"]
      if let before, (before.intValue ?? -1) < 0 {
        throw ServiceError(.badRequest, "\"before\" is no whole number from 0")
      }
      self = .fetch(topic: topic, from: from, maxBytes: maxBytes, before: before?.intValue)
    case "ack":
      let next = arguments["next"]
      if let next, (next.intValue ?? -1) < 0 {
        throw ServiceError(.badRequest, "\"next\" is no whole number from 0")
      }
      self = .ack(
        member: try ServiceRequest.name("member", arguments), topic: try ServiceRequest.name("topic", arguments),
        next: next?.intValue, done: arguments["done"]?.boolValue ?? false, at: arguments["at"]?.intValue)
    case "leave": self = .leave(member: try ServiceRequest.name("member", arguments))
    default: self = .other(verb: verb, arguments)
    }
  }

  private static func name(_ key: String, _ arguments: JSONValue) throws(ServiceError) -> String {
    guard let name = arguments[key]?.stringValue, !name.isEmpty, name.utf8.count <= maxNameBytes else {
      throw ServiceError(.badRequest, "\"\(key)\" is missing, or no text of 1 to \(maxNameBytes) bytes")
    }
    // a topic that has one is unknown; a member's name is shown to people
    guard key != "member" || name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw ServiceError(.badRequest, "\"\(key)\" has a control character in it")
    }
    return name
  }
}

/// Why a request was not answered with `ok`.
public struct ServiceError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    case badRequest = "bad_request"
    case unknownVerb = "unknown_verb"
    case unknownTopic = "unknown_topic"
    case beyondEnd = "beyond_end"
    case tooManyMembers = "too_many_members"
    case notAllowed = "not_allowed"
    /// It cannot be answered at this moment: ask again.
    case retry
    case failed
    /// Nobody answered in time. Never sent.
    case noAnswer = "no_answer"
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
