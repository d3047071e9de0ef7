import Records

/// Builds the objects of `--json`: members that have no value are left out.
struct JSONMembers {
  private var members: [JSONValue.Member] = []

  mutating func add(_ name: String, _ value: JSONValue?) {
    if let value { members.append(.init(name, value)) }
  }
  mutating func add(_ name: String, _ value: Int?) { add(name, value.map { .int($0) }) }
  mutating func add(_ name: String, _ value: String?) { add(name, value.map { .string($0) }) }
  mutating func add(_ name: String, _ value: Bool?) { add(name, value.map { .bool($0) }) }

  var value: JSONValue { .object(members) }

  static func build(_ body: (inout JSONMembers) -> Void) -> JSONValue {
    var members = JSONMembers()
    body(&members)
    return members.value
  }
}
