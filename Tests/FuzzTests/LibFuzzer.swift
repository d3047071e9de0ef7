import Foundation

/// What libFuzzer calls with every input, in programs that `scripts/fuzz` builds; `DAYLAPSE_FUZZ_TARGET` names the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // a copy of just this size, so that the sanitizer sees whoever reads beyond it
  let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
  defer { copy.deallocate() }
  if let start { copy.copyMemory(from: UnsafeRawBufferPointer(start: start, count: count)) }
  do { try target.run(UnsafeRawBufferPointer(copy)) } catch { fatalError("\(target.name): \(error)") }
  return 0
}

private let target: FuzzTarget = {
  let name = ProcessInfo.processInfo.environment["DAYLAPSE_FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    fatalError("DAYLAPSE_FUZZ_TARGET is one of \(FuzzTarget.all.map(\.name))")
  }
  if let folder = ProcessInfo.processInfo.environment["DAYLAPSE_FUZZ_SEEDS"] {
    for (number, seed) in target.seeds.enumerated() {
      try? Data(seed).write(to: URL(filePath: "\(folder)/seed-\(number)"))
    }
  }
  return target
}()
