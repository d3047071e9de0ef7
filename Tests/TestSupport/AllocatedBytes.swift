import CAllocations

/// How many bytes a piece of work asks the allocator for: what grows faster than its input shows here, at any speed of the
/// machine. 0 where that cannot be counted.
public func allocatedBytes(_ work: () throws -> Void) rethrows -> Int {
  let before = dl_allocated_bytes()
  try work()
  return Int(dl_allocated_bytes() - before)
}
