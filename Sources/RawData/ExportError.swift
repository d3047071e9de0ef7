/// A topic that cannot be written as a table.
public struct ExportError: Error, Equatable, Sendable, CustomStringConvertible {
  public var topic: String
  public var offset: Int
  public var problem: String

  public var description: String { "\(topic) at offset \(offset): \(problem)" }
}
