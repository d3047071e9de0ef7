/// A set of 64-bit ids that takes little memory where ids lie close together, as counters do.
///
/// Ids from 0 up to a bound that grows with the set are bits of one bitmap: a million consecutive ids take 128 KiB. The
/// others lie in an open-addressing table of blocks of 64 neighbouring ids, about 32 bytes each when scattered.
public struct IDSet {
  private var direct: [UInt64] = Array(repeating: 0, count: 1024)
  private var keys: [Int] = []
  private var blocks: [UInt64] = []
  private var used = 0
  private var mask = -1
  private let seed: HashSeed
  /// How many ids are in the set.
  public private(set) var count = 0

  public init() { seed = .process }

  init(seed: HashSeed) { self.seed = seed }

  /// How far blocks lie from the places they belong to, all together: what looking each of them up once costs.
  var displacement: Int {
    keys.indices.reduce(0) { $0 + (blocks[$1] == 0 ? 0 : ($1 &- seed.hash(keys[$1])) & mask) }
  }

  /// Adds an id.
  ///
  /// - Returns: Whether it was new.
  @inline(__always)
  public mutating func insert(_ id: Int) -> Bool {
    let block = id >> 6
    let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: id & 63)
    if UInt(bitPattern: block) < UInt(direct.count) {
      if direct[block] & bit != 0 { return false }
      direct[block] |= bit
      count &+= 1
      return true
    }
    return insertBeyond(id, block: block, bit: bit)
  }

  @inline(__always)
  public func contains(_ id: Int) -> Bool {
    let block = id >> 6
    if UInt(bitPattern: block) < UInt(direct.count) {
      return direct[block] & (1 << UInt64(truncatingIfNeeded: id & 63)) != 0
    }
    return mask >= 0 && blocks[slot(of: block)] & (1 << UInt64(truncatingIfNeeded: id & 63)) != 0
  }

  @inline(never)
  private mutating func insertBeyond(_ id: Int, block: Int, bit: UInt64) -> Bool {
    // about one block of bitmap for each id that is there: at most 16 bytes an id, whatever the ids are
    if block >= 0, block < count + 4096 {
      growDirect(toHold: block)
      return insert(id)
    }
    if mask < 0 { growTable() }
    var place = slot(of: block)
    if blocks[place] & bit != 0 { return false }
    count += 1
    if blocks[place] == 0 {
      if (used + 1) * 2 > mask {
        growTable()
        place = slot(of: block)
      }
      keys[place] = block
      used += 1
    }
    blocks[place] |= bit
    return true
  }

  /// Makes the bitmap larger; what lay in the table and now belongs into the bitmap moves there.
  private mutating func growDirect(toHold block: Int) {
    var size = direct.count
    while size <= block { size *= 2 }
    direct += Array(repeating: 0, count: size - direct.count)
    guard mask >= 0 else { return }
    let (oldKeys, oldBlocks) = (keys, blocks)
    keys = Array(repeating: 0, count: oldKeys.count)
    blocks = Array(repeating: 0, count: oldKeys.count)
    used = 0
    for index in oldBlocks.indices where oldBlocks[index] != 0 {
      if oldKeys[index] >= 0, oldKeys[index] < size {
        direct[oldKeys[index]] = oldBlocks[index]
      } else {
        place(oldKeys[index], oldBlocks[index])
      }
    }
  }

  private mutating func growTable() {
    let (oldKeys, oldBlocks) = (keys, blocks)
    let size = max(64, (mask + 1) * 2)
    mask = size - 1
    keys = Array(repeating: 0, count: size)
    blocks = Array(repeating: 0, count: size)
    used = 0
    for index in oldBlocks.indices where oldBlocks[index] != 0 { place(oldKeys[index], oldBlocks[index]) }
  }

  private mutating func place(_ key: Int, _ bits: UInt64) {
    let place = slot(of: key)
    keys[place] = key
    blocks[place] = bits
    used += 1
  }

  /// Where a block lies in the table, or would.
  private func slot(of key: Int) -> Int {
    var slot = seed.hash(key) & mask
    while blocks[slot] != 0, keys[slot] != key { slot = (slot &+ 1) & mask }
    return slot
  }
}
