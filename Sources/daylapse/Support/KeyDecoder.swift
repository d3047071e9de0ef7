/// Makes keys of the bytes that a terminal sends for them.
///
/// Arrows come as `ESC [ A` or, in application mode, as `ESC O A`; with modifiers as `ESC [ 1 ; 5 A`. A sequence may
/// arrive in pieces. What it does not know it takes whole and leaves out, so that no part of it counts as a key.
struct KeyDecoder {
  private enum State: Equatable {
    case ground
    case escape
    /// After `ESC [`, so many bytes of it.
    case control(length: Int)
    /// After `ESC O`.
    case shift
    /// Within a character of several bytes.
    case text([UInt8], missing: Int)
  }

  /// A sequence that is longer than any known one is no sequence.
  private static let sequenceLimit = 32
  private var state = State.ground

  /// Whether more bytes have to come, or time to pass, before it is known what was pressed.
  var isWaiting: Bool { state != .ground }

  /// Takes bytes as they come.
  mutating func decode(_ bytes: some Sequence<UInt8>) -> [Key] {
    var keys: [Key] = []
    for byte in bytes { take(byte, &keys) }
    return keys
  }

  /// Says that nothing has followed for a while: an escape was the key of that name.
  mutating func flush() -> [Key] {
    defer { state = .ground }
    return state == .escape ? [.escape] : []
  }

  private mutating func take(_ byte: UInt8, _ keys: inout [Key]) {
    switch state {
    case .ground: begin(byte, &keys)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .control(length: 0)
      case UInt8(ascii: "O"): state = .shift
      case 0x1B: keys.append(.escape)
      default: state = .ground  // a key together with Alt
      }
    case .control(let length):
      switch byte {
      case 0x40...0x7E:
        state = .ground
        if let arrow = KeyDecoder.arrow(byte) { keys.append(arrow) }
      case 0x20...0x3F: state = length < KeyDecoder.sequenceLimit ? .control(length: length + 1) : .ground
      default:
        state = .ground
        take(byte, &keys)
      }
    case .shift:
      state = .ground
      if let arrow = KeyDecoder.arrow(byte) { keys.append(arrow) }
    case .text(let before, let missing):
      guard byte & 0xC0 == 0x80 else {
        state = .ground
        return take(byte, &keys)
      }
      let all = before + [byte]
      state = missing > 1 ? .text(all, missing: missing - 1) : .ground
      if missing == 1, let text = String(validating: all, as: UTF8.self), text.count == 1, let character = text.first {
        keys.append(.character(character))
      }
    }
  }

  private mutating func begin(_ byte: UInt8, _ keys: inout [Key]) {
    switch byte {
    case 0x1B: state = .escape
    case 0x0A, 0x0D: keys.append(.enter)
    case 0x09: keys.append(.tab)
    case 0x08, 0x7F: keys.append(.backspace)
    case 0x20...0x7E: keys.append(.character(Character(Unicode.Scalar(byte))))
    case 0xC2...0xDF: state = .text([byte], missing: 1)
    case 0xE0...0xEF: state = .text([byte], missing: 2)
    case 0xF0...0xF4: state = .text([byte], missing: 3)
    default: break
    }
  }

  private static func arrow(_ byte: UInt8) -> Key? {
    switch byte {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    default: nil
    }
  }
}
