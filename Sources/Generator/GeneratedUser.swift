/// A generated user; user ids are 1, 2, 3… in the order of ``Generator/users``.
@frozen
public struct GeneratedUser: Equatable, Sendable {
  /// Day of the signup, in days since 1970-01-01.
  public var signupDay: Int32
  /// Whether the user is on the paid plan (otherwise on the free one).
  public var isPaid: Bool
  /// Index into ``Vocabulary/countries``.
  public var countryIndex: UInt8
  /// Index into ``Vocabulary/marketingSources``.
  public var sourceIndex: UInt8
  /// How eager the user is, 0...1.
  public var engagement: Double

  /// Collects a user's attributes.
  ///
  /// - Parameters:
  ///   - signupDay: Day of the signup, in days since 1970-01-01.
  ///   - isPaid: Whether the user is on the paid plan.
  ///   - countryIndex: Index into ``Vocabulary/countries``.
  ///   - sourceIndex: Index into ``Vocabulary/marketingSources``.
  ///   - engagement: How eager the user is, 0...1.
  @inlinable
  public init(signupDay: Int32, isPaid: Bool, countryIndex: UInt8, sourceIndex: UInt8, engagement: Double) {
    self.signupDay = signupDay
    self.isPaid = isPaid
    self.countryIndex = countryIndex
    self.sourceIndex = sourceIndex
    self.engagement = engagement
  }
}
