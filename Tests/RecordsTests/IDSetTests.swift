import Records
import TestSupport
import Testing

struct IDSetTests {
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func isASet(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var ids = IDSet()
    var model: Set<Int> = []
    for step in 0..<60_000 {
      let id: Int
      switch Int.random(in: 0..<5, using: &random) {
      case 0: id = Int(bitPattern: UInt(random.next()))
      case 1: id = random.pick([0, -1, 63, 64, -64, -65, Int.max, Int.min, 1 << 32, -(1 << 32)])
      case 2: id = Int.random(in: -300...300, using: &random)
      case 3: id = Int.random(in: 0...1000, using: &random) << 40
      default: id = step
      }
      guard ids.contains(id) == model.contains(id), ids.insert(id) == model.insert(id).inserted, ids.contains(id) else {
        Issue.record("seed \(seed), step \(step), id \(id)")
        return
      }
    }
    #expect(ids.count == model.count)
  }
}
