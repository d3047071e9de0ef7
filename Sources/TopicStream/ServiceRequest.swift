import Records

/// A request to a publisher's service socket, taken apart and checked.
enum ServiceRequest: Equatable {
  case describe
  /// With `before`, no message at or beyond that offset, but for the first.
  case fetch(topic: String, from: FetchStart, maxBytes: Int, before: Int? = nil)
  /// Without `next` the consumer only gives its name.
  case ack(Acknowledgement)
  case leave(member: String, generation: String? = nil)
  /// A verb that only some publishers answer.
  case other(verb: String, JSONValue)

  /// How far a consumer has come.
  struct Acknowledgement: Equatable {
    var member: String
    var topic: String
    /// The offset behind what was processed; without it the consumer only gives its name.
    var next: Int?
    var done = false
    /// When the member said so, by its time of day in microseconds.
    var at: Int?
    /// A text that only this member knows.
    var generation: String?
    /// All topics of this publisher that the member reads.
    var reads: [String]?
  }

  enum FetchStart: Equatable {
    case offset(Int)
    case time(EventTime)
  }

  static let maxNameBytes = 128
  static let maxBodyBytes = 64 << 10
  static let maxTopicsRead = 64
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
      guard frames[1].count <= ServiceRequest.maxBodyBytes else {
        throw ServiceError(
          .badRequest, "the second frame has \(frames[1].count) bytes; \(ServiceRequest.maxBodyBytes) are allowed")
      }
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
      self = .ack(try ServiceRequest.acknowledgement(arguments))
    case "leave":
      self = .leave(
        member: try ServiceRequest.name("member", arguments), generation: try ServiceRequest.generation(arguments))
    default: self = .other(verb: verb, arguments)
    }
  }

  private static func acknowledgement(_ arguments: JSONValue) throws(ServiceError) -> Acknowledgement {
    var ack = Acknowledgement(
      member: try name("member", arguments), topic: try name("topic", arguments), next: try number("next", arguments),
      at: try number("at", arguments), generation: try generation(arguments))
    if let done = arguments["done"] {
      guard let done = done.boolValue else { throw ServiceError(.badRequest, "\"done\" is neither true nor false") }
      ack.done = done
    }
    if let reads = arguments["reads"] {
      guard let list = reads.arrayValue, (1...maxTopicsRead).contains(list.count) else {
        throw ServiceError(.badRequest, "\"reads\" is no list of 1 to \(maxTopicsRead) topics")
      }
      ack.reads = list.compactMap(\.stringValue)
      guard ack.reads!.count == list.count, ack.reads!.allSatisfy({ $0.utf8.count <= maxNameBytes }),
        ack.reads!.contains(ack.topic)
      else { throw ServiceError(.badRequest, "\"reads\" has no topics in it, or not this one") }
    }
    return ack
  }

  private static func number(_ name: String, _ arguments: JSONValue) throws(ServiceError) -> Int? {
    guard let value = arguments[name] else { return nil }
    guard let number = value.countValue else {
      throw ServiceError(.badRequest, "\"\(name)\" is no whole number from 0 to \(JSONValue.largestCount)")
    }
    return number
  }

  private static func generation(_ arguments: JSONValue) throws(ServiceError) -> String? {
    arguments["generation"] == nil ? nil : try name("generation", arguments)
  }

  private static func name(_ key: String, _ arguments: JSONValue) throws(ServiceError) -> String {
    guard let name = arguments[key]?.stringValue, !name.isEmpty, name.utf8.count <= maxNameBytes else {
      throw ServiceError(.badRequest, "\"\(key)\" is missing, or no text of 1 to \(maxNameBytes) bytes")
    }
    // a topic that has one is unknown; a member's name is shown to people
    guard key != "member" || ConsumerName.problem(with: name) == nil else {
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
    /// The publisher does not know its topics yet. Sent as ``unknownTopic``, with `"ready":false` beside it.
    case notReady = "not_ready"
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

  /// Takes apart what an answer says that is no `ok`.
  init(_ json: JSONValue) {
    let code = json["code"]?.stringValue.flatMap { Code(rawValue: $0) } ?? .failed
    self.code = code == .unknownTopic && json["ready"] == .bool(false) ? .notReady : code
    message = json["message"]?.stringValue ?? "no reason given"
  }

  /// What an answer says that is no `ok`.
  var json: [JSONValue.Member] {
    let isEarly = code == .notReady
    return [
      .init("code", .string((isEarly ? .unknownTopic : code).rawValue)), .init("message", .string(message)),
    ] + (isEarly ? [.init("ready", false)] : [])
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
