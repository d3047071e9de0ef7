import TestSupport

/// Raw event lines: plain ones, and ones that were changed in every way that exports, people and accidents change them.
struct RawLineMutator {
  var random: SeededRandom
  private var lastID = 0

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private static let types = [
    "login", "video_watch", "quiz_attempt", "course_enroll", "payment_success", "payment_failed", "support_ticket",
    "logout", "v2_view", "na", "n", "null", "1",
  ]
  private static let texts = [
    "\"\"", "\" \"", "\"NA\"", "\"null\"", "\"k8s-mastery\"", "\"a\\\"b\"", "\"a\\\\b\"", "\"\\u0041\"", "\"ä\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"", "\"#hash\"", "\"-nan\"", "\"1.#IND\"", "\"12345678\"", "\"\u{7F}\"", "\"a/b,c\"", "\"\\/\"", "null",
    "true", "12", "[]",
    "{\"a\":1}", "\"Login\"", "\" LOGIN \"", "\"video_watch\\t\"", "\"N\"", "\"none\"",
  ]
  private static let numbers = [
    "0", "0.0", "-0.0", "-0", "5", "5.0", "12.5", "22.13823137765611", "1e5", "1E5", "1e+16", "1e16", "1.0",
    "100000000000000000000.0",
    "1e-05", "0.0001", "0.00001", "1e999", "-1e999", "1e-999", "\"5\"", "\"5.0\"", "\" 5 \"", "\"5.\"", "\".5\"",
    "\"+5\"", "\"1e2\"",
    "\"inf\"", "\"nan\"", "\"abc\"", "\"\"", "5.", ".5", "05", "-", "--5", "1e", "1.5e3", "0.1000",
    "3.0000000000000000000000001", "null",
    "false", "[5]", "0.30000000000000004", "179769313486231570000000000000000000000.0", "\"1_000\"", "\"0x10\"",
  ]
  private static let ids = [
    "0", "1", "01", "-1", "-0", "7.0", "\"7\"", "\"7.0\"", "7e0", "7.5", "123456789012345678", "1234567890123456789",
    "9223372036854775807",
    "9223372036854775808", "\"\"", "null", "\"x\"", "true", "\" 8 \"", "\"+9\"", "1e3", "1e18", "1e19",
  ]
  private static let times = [
    "\"2025-01-06T22:39:07\"", "\"2025-01-06 22:39:07\"", "\"2025-01-06T22:39\"", "\"2025-01-06\"",
    "\"2025-01-06T22:39:07Z\"",
    "\"2025-01-06T22:39:07.5\"", "\"2025-01-06T22:39:07+02:00\"", "\"2025-01-06T22:39+02\"", "\"2025-02-29T22:39:07\"",
    "\"2025-01-06T24:00:00\"",
    "\"2025-01-06T22:60:00\"", "\"2025-01-06T22:39:60\"", "\"2025-01-06t22:39:07\"", "\" 2025-01-06T22:39:7\"",
    "\"20250106T22:39:0700\"",
    "\"2025-01-06\\u005422:39:07\"", "\"0001-01-01T00:00:00\"", "\"9999-12-31T23:59:59\"", "\"1969-12-31T23:59:59\"",
    "\"\"", "null", "5",
    "\"2025-01-06T2a:39:07\"", "\"2025-01-06T22:39:0x\"", "\"2025-13-06T22:39:07\"",
  ]

  /// One line, without its line feed: nearly always plain, or nearly so.
  mutating func line() -> [UInt8] {
    var members = plainMembers()
    if random.chance(3) { return Array(joined(members).utf8) }
    for _ in 0..<Int.random(in: 1...2, using: &random) { mutate(&members) }
    var bytes = Array(joined(members).utf8)
    if random.chance(4) { damage(&bytes) }
    return bytes
  }

  private mutating func plainMembers() -> [(String, String)] {
    if !random.chance(8) { lastID += 1 }
    let minute = Int.random(in: 0..<1440, using: &random)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time =
      "2025-0\(Int.random(in: 1...9, using: &random))-\(two(Int.random(in: 1...31, using: &random)))T"
      + "\(two(minute / 60)):\(two(minute % 60)):\(two(Int.random(in: 0..<60, using: &random)))"
    var members = [
      ("event_id", "\(lastID)"), ("user_id", "\(Int.random(in: 1...12, using: &random))"),
      ("event_time", "\"\(time)\""), ("event_type", "\"\(random.pick(Self.types))\""),
    ]
    if random.chance(2) { members.append(("course_id", "\"linux-pro\"")) }
    if random.chance(2) { members.append(("watch_minutes", "\(Double.random(in: 0...180, using: &random))")) }
    if random.chance(3) { members.append(("quiz_score", "\(Double.random(in: 0...100, using: &random))")) }
    if random.chance(4) { members.append(("amount", "\(Double.random(in: 199...999, using: &random))")) }
    return members
  }

  private mutating func mutate(_ members: inout [(String, String)]) {
    let index = Int.random(in: 0..<max(1, members.count), using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: members.shuffle(using: &random)
    case 1: if !members.isEmpty { members.remove(at: index) }
    case 2: if !members.isEmpty { members.append(members[index]) }
    case 3:
      let name = random.pick(["extra", "event_date", "event_idx", "", "amount", "course_id", "a\\\"b"])
      members.insert((name, random.pick(Self.texts)), at: index)
    case 4:
      if !members.isEmpty { members[index].0 = random.pick(["\\u0065vent_id", "event_ID", "user_id ", "course_id"]) }
    default:
      guard !members.isEmpty else { return }
      let name = members[index].0
      let values =
        switch name {
        case "event_id", "user_id": Self.ids
        case "event_time": Self.times
        case "event_type", "course_id": Self.texts
        default: Self.numbers
        }
      members[index].1 = random.pick(random.chance(10) ? Self.texts + Self.numbers : values)
    }
  }

  private mutating func joined(_ members: [(String, String)]) -> String {
    let space = random.chance(6) ? random.pick([" ", "\t", "\r", "  "]) : ""
    let text = members.map { "\"\($0.0)\":\(random.chance(8) ? space : "")\($0.1)" }
    let end = random.chance(12) ? random.pick(["\r", " ", "}", ",", "x"]) : ""
    return "{\(space)\(text.joined(separator: ",\(space)"))\(space)}\(end)"
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let at = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes.removeSubrange(at...)
    case 1: bytes.remove(at: at)
    case 2: bytes.insert(random.pick([0x22, 0x5C, 0x7B, 0x7D, 0x2C, 0x30, 0x20, 0x00, 0x01, 0x7F, 0xC3, 0xFF]), at: at)
    case 3: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    default: bytes[at] = UInt8.random(in: 0...255, using: &random)
    }
    bytes = bytes.map { $0 == 0x0A ? 0x20 : $0 }
  }
}
