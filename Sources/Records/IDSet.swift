/// A set of 64-bit ids that takes little memory where ids lie close together, as counters do.
///
/// An open-addressing table of blocks of 64 neighbouring ids, a bit each: a million consecutive ids take about half a
/// megabyte, scattered ones about 32 bytes each.
public struct IDSet {
  private var keys: [Int]
  private var bits: [UInt64]
  private var used = 0
  private var mask: Int
  /// How many ids are in the set.
  public private(set) var count = 0

  public init() {
    keys = Array(repeating: 0, count: 1024)
    bits = Array(repeating: 0, count: 1024)
    mask = 1023
  }

  /// Adds an id.
  ///
  /// - Returns: Whether it was new.
  @inline(__always)
  public mutating func insert(_ id: Int) -> Bool {
    let key = id >> 6
    let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: id & 63)
    var slot = mix(key) & mask
    while bits[slot] != 0 {
      if keys[slot] == key {
        if bits[slot] & bit != 0 { return false }
        bits[slot] |= bit
        count &+= 1
        return true
      }
      slot = (slot &+ 1) & mask
    }
    keys[slot] = key
    bits[slot] = bit
    count &+= 1
    used &+= 1
    if used &* 2 > mask { grow() }
    return true
  }

  @inline(__always)
  public func contains(_ id: Int) -> Bool {
    let key = id >> 6
    var slot = mix(key) & mask
    while bits[slot] != 0 {
      if keys[slot] == key { return bits[slot] & (1 << UInt64(truncatingIfNeeded: id & 63)) != 0 }
      slot = (slot &+ 1) & mask
    }
    return false
  }

  private mutating func grow() {
    let (oldKeys, oldBits) = (keys, bits)
    let size = (mask + 1) * 2
    mask = size - 1
    keys = Array(repeating: 0, count: size)
    bits = Array(repeating: 0, count: size)
    for index in oldBits.indices where oldBits[index] != 0 {
      var slot = mix(oldKeys[index]) & mask
      while bits[slot] != 0 { slot = (slot &+ 1) & mask }
      keys[slot] = oldKeys[index]
      bits[slot] = oldBits[index]
    }
  }
}

/// A table from 64-bit ids to their positions in the order they were added.
public struct IDIndex {
  private var keys: [Int]
  private var positions: [Int32]
  private var mask: Int
  public private(set) var count = 0

  public init() {
    keys = Array(repeating: 0, count: 256)
    positions = Array(repeating: -1, count: 256)
    mask = 255
  }

  /// Adds an id that is not there yet, at position ``count``.
  public mutating func append(_ id: Int) {
    place(id, Int32(count))
    count += 1
    if count * 2 > mask { grow() }
  }

  /// The position of an id, or −1.
  @inline(__always)
  public func position(of id: Int) -> Int {
    var slot = mix(id) & mask
    while positions[slot] >= 0 {
      if keys[slot] == id { return Int(positions[slot]) }
      slot = (slot &+ 1) & mask
    }
    return -1
  }

  private mutating func place(_ id: Int, _ position: Int32) {
    var slot = mix(id) & mask
    while positions[slot] >= 0 { slot = (slot &+ 1) & mask }
    keys[slot] = id
    positions[slot] = position
  }

  private mutating func grow() {
    let (oldKeys, oldPositions) = (keys, positions)
    let size = (mask + 1) * 2
    mask = size - 1
    keys = Array(repeating: 0, count: size)
    positions = Array(repeating: -1, count: size)
    for index in oldPositions.indices where oldPositions[index] >= 0 { place(oldKeys[index], oldPositions[index]) }
  }
}

/// Spreads neighbouring ids over a table: one multiplication and a fold (Knuth, TAOCP vol. 3, 6.4, with 2^64/φ).
@inline(__always)
private func mix(_ id: Int) -> Int {
  let product = UInt64(bitPattern: Int64(id)) &* 0x9E37_79B9_7F4A_7C15
  return Int(truncatingIfNeeded: product >> 32)
}
