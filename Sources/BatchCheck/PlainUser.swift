/// A valid user, the first of its id.
struct PlainUser {
  var id: Int
  /// Since 1970-01-01.
  var signupDay: Int
  var plan: String
  var country: String
  var marketingSource: String
  var engagement: Double?

  var isPaid: Bool { plan == "paid" }
}
