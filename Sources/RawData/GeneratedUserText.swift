import Generator
import Records

/// Generated users as CSV rows and as messages.
enum GeneratedUserText {
  /// Appends a row of `users.csv`.
  static func writeRow(_ user: GeneratedUser, userID: Int, to out: ByteBuffer) {
    out.append(decimal: userID)
    out.append(",")
    out.append(CivilDate(daysSinceEpoch: user.signupDay).description)
    out.append(user.isPaid ? ",paid,1," : ",free,0,")
    out.append(Vocabulary.countries[Int(user.countryIndex)])
    out.append(",")
    out.append(Vocabulary.marketingSources[Int(user.sourceIndex)])
    out.append(",")
    out.append(double: user.engagement)
    out.append("\n")
  }

  /// Appends a message of `users.raw`.
  static func writeMessage(_ user: GeneratedUser, userID: Int, to out: ByteBuffer) {
    out.append("{\"user_id\":")
    out.append(decimal: userID)
    out.append(",\"signup_date\":\"")
    out.append(CivilDate(daysSinceEpoch: user.signupDay).description)
    out.append(user.isPaid ? "\",\"plan\":\"paid\",\"is_paid\":1" : "\",\"plan\":\"free\",\"is_paid\":0")
    out.append(",\"country\":\"")
    out.append(Vocabulary.countries[Int(user.countryIndex)])
    out.append("\",\"marketing_source\":\"")
    out.append(Vocabulary.marketingSources[Int(user.sourceIndex)])
    out.append("\",\"engagement_score\":")
    out.append(double: user.engagement)
    out.append("}\n")
  }
}
