/// Why a record does not become part of the clean data. The first check that fails is the reason.
public enum Rejection: String, CaseIterable, Sendable {
  case malformed
  case badEventID = "bad_event_id"
  case badUserID = "bad_user_id"
  case badSignupDate = "bad_signup_date"
  case missingPlan = "missing_plan"
  case badEventTime = "bad_event_time"
  case missingEventType = "missing_event_type"
  case unknownEventType = "unknown_event_type"
  case duplicate
  case unknownUser = "unknown_user"
}
