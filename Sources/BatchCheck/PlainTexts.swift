/// Texts that repeat, each kept once and named by a number.
struct PlainTexts {
  private(set) var all: [String] = []
  private var numbers: [String: Int32] = [:]

  subscript(_ number: Int32) -> String { all[Int(number)] }

  mutating func number(of text: String) -> Int32 {
    if let known = numbers[text] { return known }
    let number = Int32(all.count)
    all.append(text)
    numbers[text] = number
    return number
  }
}
