import Records

/// Which messages a person wants to see: of these users, of these types, and fulfilling every condition.
public struct MessageFilter: Sendable {
  private let users: [FieldValue]
  private let types: [[UInt8]]
  private let conditions: [FieldCondition]

  /// - Parameters:
  ///   - users: Values of `user_id`, any of which will do; none for all users.
  ///   - types: Values of `event_type`, any of which will do, in any spelling; none for all types.
  ///   - conditions: All of which must hold.
  public init(users: [String] = [], types: [String] = [], conditions: [FieldCondition] = []) {
    self.users = users.map { FieldValue($0) }
    self.types = types.map { text in Array(text.utf8).withUnsafeBytes { MessageFilter.keyword($0.trimmed) } }
    self.conditions = conditions
  }

  /// Whether every message passes.
  public var isEmpty: Bool { users.isEmpty && types.isEmpty && conditions.isEmpty }

  public func accepts(_ message: MessageFields) -> Bool {
    if !users.isEmpty {
      guard let user = message.field(MessageFilter.userID)?.value, users.contains(where: { $0.isEqual(to: user) })
      else { return false }
    }
    if !types.isEmpty {
      guard let type = message.field(MessageFilter.eventType)?.value, types.contains(where: { isSpelled(type, $0) })
      else { return false }
    }
    return conditions.allSatisfy { $0.holds(for: message) }
  }

  /// Whether a type is this one: exports spell them in upper or lower case, with white space around.
  @inline(__always)
  private func isSpelled(_ text: ByteSpan, _ type: [UInt8]) -> Bool {
    if text.equals(type) { return true }
    let trimmed = text.bytes.trimmed
    if trimmed.contains(where: { $0 >= 0x80 }) { return MessageFilter.keyword(trimmed) == type }
    guard trimmed.count == type.count else { return false }
    for index in 0..<type.count where MessageFilter.lowercased(trimmed[index]) != type[index] { return false }
    return true
  }

  private static func keyword(_ text: UnsafeRawBufferPointer) -> [UInt8] {
    Array(String(decoding: text, as: UTF8.self).inLowerCase.utf8)
  }

  private static let userID = Array("user_id".utf8)
  private static let eventType = Array("event_type".utf8)

  @inline(__always)
  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}
