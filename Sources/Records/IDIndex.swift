/// A table from 64-bit ids to their positions in the order they were added.
///
/// Ids from 0 up to a bound that grows with the table are looked up directly, the others by hashing.
public struct IDIndex {
  private var direct: [Int32] = Array(repeating: -1, count: 1024)
  private var keys: [Int] = []
  private var positions: [Int32] = []
  private var mask = -1
  private var hashedCount = 0
  private let seed: HashSeed
  public private(set) var count = 0

  public init() { seed = .process }

  init(seed: HashSeed) { self.seed = seed }

  /// How far ids lie from the places they belong to, all together: what looking each of them up once costs.
  var displacement: Int {
    keys.indices.reduce(0) { $0 + (positions[$1] < 0 ? 0 : ($1 &- seed.hash(keys[$1])) & mask) }
  }

  /// Adds an id that is not there yet, at position ``count``.
  public mutating func append(_ id: Int) {
    if id >= 0, id < 8 * (count + 128) {
      if id >= direct.count {
        var size = direct.count
        while size <= id { size *= 2 }
        direct += Array(repeating: -1, count: size - direct.count)
      }
      direct[id] = Int32(count)
    } else {
      if (hashedCount + 1) * 2 > mask { grow() }
      place(id, Int32(count))
      hashedCount += 1
    }
    count += 1
  }

  /// The position of an id, or −1.
  @inline(__always)
  public func position(of id: Int) -> Int {
    if UInt(bitPattern: id) < UInt(direct.count) {
      let position = direct[id]
      if position >= 0 { return Int(position) }
    }
    return mask < 0 ? -1 : hashedPosition(of: id)
  }

  private func hashedPosition(of id: Int) -> Int {
    var slot = seed.hash(id) & mask
    while positions[slot] >= 0 {
      if keys[slot] == id { return Int(positions[slot]) }
      slot = (slot &+ 1) & mask
    }
    return -1
  }

  private mutating func place(_ id: Int, _ position: Int32) {
    var slot = seed.hash(id) & mask
    while positions[slot] >= 0 { slot = (slot &+ 1) & mask }
    keys[slot] = id
    positions[slot] = position
  }

  private mutating func grow() {
    let (oldKeys, oldPositions) = (keys, positions)
    let size = max(64, (mask + 1) * 2)
    mask = size - 1
    keys = Array(repeating: 0, count: size)
    positions = Array(repeating: -1, count: size)
    for index in oldPositions.indices where oldPositions[index] >= 0 { place(oldKeys[index], oldPositions[index]) }
  }
}
