import Records

/// A pattern that messages are written by: `{@offset}\t{event_time} {user_id:>6} {event_type}`.
///
/// `{name}` is a field of the message, and nothing where it is absent; `{@offset}`, `{@topic}`, `{@run}`, `{@epoch}` say
/// where the message is, and `{@line}` is all of it. Behind a colon follow how to fill it up, `<` on the right (the
/// default) or `>` on the left, the width, and behind a point where to cut it: `{detail:<40.40}`. `{{` and `}}` are
/// braces; `\t`, `\n`, `\r`, `\0` and `\\` what they are in C. A line feed follows each message, unless the
/// pattern ends in `\n` or `\0` itself.
public struct LineFormat: Equatable, Sendable {
  /// What is known of a message besides its fields.
  public enum Place: String, CaseIterable, Sendable {
    case offset, topic, run, epoch, line
  }

  enum Piece: Equatable, Sendable {
    case literal([UInt8])
    case field([UInt8], Fitting)
    case place(Place, Fitting)
  }

  /// How a value is fitted into its place.
  struct Fitting: Equatable, Sendable {
    var width = 0
    var limit = Int.max
    var isRightAligned = false

    var isNone: Bool { width == 0 && limit == .max }
  }

  let pieces: [Piece]
  /// Whether the message's fields are needed at all.
  let readsFields: Bool

  /// Reads a pattern.
  ///
  /// - Throws: ``LineFormatError`` with the place of what is wrong.
  public init(_ text: String) throws(LineFormatError) {
    var parser = LineFormatParser(text)
    pieces = try parser.parse()
    readsFields = pieces.contains { if case .field = $0 { true } else { false } }
  }

  /// Appends a message.
  func write(_ line: UnsafeRawBufferPointer, _ fields: MessageFields, at place: MessagePlace, to buffer: ByteBuffer) {
    for piece in pieces {
      switch piece {
      case .literal(let bytes): buffer.append(bytes)
      case .field(let name, let fitting): append(fields.field(name)?.value ?? .empty, fitting, to: buffer)
      case .place(.line, let fitting): append(ByteSpan(line) ?? .empty, fitting, to: buffer)
      case .place(.offset, let fitting): append(place.offset, fitting, to: buffer)
      case .place(.epoch, let fitting): append(place.epoch, fitting, to: buffer)
      case .place(.topic, let fitting): append(place.topic, fitting, to: buffer)
      case .place(.run, let fitting): append(place.run, fitting, to: buffer)
      }
    }
  }

  private func append(_ value: ByteSpan, _ fitting: Fitting, to buffer: ByteBuffer) {
    guard !fitting.isNone else { return ShownText.write(value, to: buffer) }
    ShownText.write(
      value, width: fitting.width, limit: fitting.limit, isRightAligned: fitting.isRightAligned, to: buffer)
  }

  private func append(_ number: Int, _ fitting: Fitting, to buffer: ByteBuffer) {
    guard !fitting.isNone else { return buffer.append(decimal: number) }
    append(String(number), fitting, to: buffer)
  }

  private func append(_ text: String, _ fitting: Fitting, to buffer: ByteBuffer) {
    var text = text
    text.withUTF8 { append(ByteSpan(UnsafeRawBufferPointer($0)) ?? .empty, fitting, to: buffer) }
  }
}

/// A pattern that cannot be read.
public struct LineFormatError: Error, Equatable, CustomStringConvertible {
  public var text: String
  /// Which character is wrong, counted from 1.
  public var position: Int
  public var problem: String

  public var description: String { "\"\(text)\", at character \(position): \(problem)" }
}
