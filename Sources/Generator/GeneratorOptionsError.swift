/// An option that the generator cannot work with.
public struct GeneratorOptionsError: Error, Equatable, Sendable {
  /// Which option is wrong, in words, such as `user count`.
  public let option: String
  /// The value it has.
  public let actual: String
  /// The values it may have, in words.
  public let allowed: String
}

extension GeneratorOptionsError: CustomStringConvertible {
  /// One sentence for the person who chose the option.
  public var description: String { "\(option) is \(actual), but must be \(allowed)" }
}
