import Records
import TestSupport
import Testing

struct IDIndexTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func isADictionaryOfPositions(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var index = IDIndex()
    var model: [Int: Int] = [:]
    for step in 0..<20_000 {
      let id =
        random.chance(2) ? step * 7 : Int(bitPattern: UInt(random.next())) >> Int.random(in: 0...60, using: &random)
      guard index.position(of: id) == model[id] ?? -1 else {
        Issue.record("seed \(seed), step \(step), id \(id)")
        return
      }
      if model[id] == nil {
        model[id] = model.count
        index.append(id)
      }
    }
    #expect(index.count == model.count)
    #expect(model.allSatisfy { index.position(of: $0.key) == $0.value })
    #expect(index.position(of: Int.min) == -1)
  }
}
