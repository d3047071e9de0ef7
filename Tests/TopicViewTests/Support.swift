import Records

@testable import TopicView

/// A message in memory that stays as long as a test runs.
func bytes(_ text: String) -> UnsafeRawBufferPointer {
  let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.utf8.count), alignment: 1)
  copy.copyBytes(from: text.utf8)
  return UnsafeRawBufferPointer(rebasing: copy[..<text.utf8.count])
}

func fields(_ line: String) -> MessageFields {
  var fields = MessageFields()
  fields.read(bytes(line))
  return fields
}

extension ByteBuffer {
  var text: String { String(decoding: bytes, as: UTF8.self) }
}

extension MessageFields {
  /// What was found, in a form that can be compared.
  var listed: [String] { fields.map { "\($0.name.string) \($0.kind) \($0.value.string)" } }
}
