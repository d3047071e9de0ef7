#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Raises a number to a power as Python does, with the C library's `pow`.
func power(_ base: Double, _ exponent: Double) -> Double {
  pow(base, exponent)
}
