import Records
import Testing

@testable import TopicView

struct MessageFilterTests {
  private let event = fields(
    #"{"event_id":9007199254740993,"user_id":7,"event_time":"2025-02-01T06:30:00","event_type":"payment_success","amount":499.5,"watch_minutes":"45.0"}"#
  )

  private func holds(_ condition: String) throws -> Bool { try FieldCondition(condition).holds(for: event) }

  @Test(arguments: [
    "event_type=payment_success", "event_type!=login", "amount=499.5", "amount=499.50", "amount!=499", "amount>499",
    "amount>=499.5", "amount<500", "amount<=4.995e2", "watch_minutes=45", "watch_minutes>44", "user_id=7.0",
    "event_id=9007199254740993", "event_id!=9007199254740992", "event_id>9007199254740992",
    "event_time>=2025-02-01", "event_time<2025-02-01T06:31", "event_time!=2025-02-01", "course_id=", "course_id!=x",
    "amount!=",
  ])
  func holdsWhereItIsTrue(condition: String) throws {
    #expect(try holds(condition))
  }

  @Test(arguments: [
    "event_type=payment", "event_type!=payment_success", "amount=499", "amount!=499.5", "amount>499.5", "amount<499.5",
    "event_type>1", "event_type<2025-02-01", "course_id>1", "course_id=x", "course_id!=", "amount=",
    "event_id=9007199254740992", "event_id<9007199254740993", "event_time<2025-02-01T06:30:00", "event_time>1",
  ])
  func failsWhereItIsNot(condition: String) throws {
    #expect(try !holds(condition))
  }

  @Test func theValueIsTakenAsItStands() throws {
    let message = fields(#"{"a":"x=y","b":" 1"}"#)
    #expect(try FieldCondition("a=x=y").holds(for: message))
    #expect(try FieldCondition("b= 1").holds(for: message))
    #expect(try !FieldCondition("a=x=y ").holds(for: message))
  }

  @Test(arguments: [
    ("amount", #""amount" has no comparison in it: use =, !=, <, <=, > or >="#),
    ("amount!5", #""amount!5" has no comparison in it: use =, !=, <, <=, > or >="#),
    ("=5", #""=5" does not name a field in front of ="#),
    (
      "plan>paid",
      #""plan>paid" compares with "paid", but > takes a number, or a time such as 2025-02-01T06:00"#
    ),
  ])
  func saysWhatIsNoCondition(text: String, message: String) {
    let error = #expect(throws: FieldConditionError.self) { try FieldCondition(text) }
    #expect(error?.description == message)
  }

  @Test func takesAnyOfTheUsersAndTypesAndAllConditions() throws {
    #expect(MessageFilter().isEmpty)
    #expect(MessageFilter(users: ["8", "7"]).accepts(event))
    #expect(!MessageFilter(users: ["8", "77"]).accepts(event))
    #expect(MessageFilter(types: ["login", "Payment_Success "]).accepts(event))
    #expect(!MessageFilter(types: ["login"]).accepts(event))
    let both = [try FieldCondition("amount>400"), try FieldCondition("amount<450")]
    #expect(MessageFilter(conditions: [both[0]]).accepts(event))
    #expect(!MessageFilter(conditions: both).accepts(event))
    #expect(!MessageFilter(users: ["7"], types: ["login"]).accepts(event))
  }

  @Test func knowsTypesInTheSpellingsOfAnExport() {
    let filter = MessageFilter(types: ["login"])
    #expect(filter.accepts(fields(#"{"event_type":" LogIn "}"#)))
    #expect(!filter.accepts(fields(#"{"event_type":"log in"}"#)))
    #expect(!filter.accepts(fields(#"{"event_id":1}"#)))
  }
}
