import Foundation
import Records
import TopicLog

/// All messages of a topic.
func messages(_ topic: String, in folder: String) throws -> [String] {
  let reader = try TopicReader(directory: folder + "/" + topic) { EventTimeField.eventTime.read($0) }
  var lines: [String] = []
  while let slice = try reader.slice(from: lines.count, maxBytes: 1 << 20) {
    slice.withBytes { bytes in bytes.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) } }
  }
  return lines
}

func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(filePath: path))
}
