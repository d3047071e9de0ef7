import CZeroMQ

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The `errno` values this module tells apart, under the names it uses for them.
enum ErrorCode {
  static var addressInUse: Int32 { EADDRINUSE }
  static var addressNotAvailable: Int32 { EADDRNOTAVAIL }
  static var again: Int32 { EAGAIN }
  static var connectionRefused: Int32 { ECONNREFUSED }
  static var hostUnreachable: Int32 { EHOSTUNREACH }
  static var interrupted: Int32 { EINTR }
  static var invalidArgument: Int32 { EINVAL }
  static var nameTooLong: Int32 { ENAMETOOLONG }
  static var noDevice: Int32 { ENODEV }
  static var noEntry: Int32 { ENOENT }
  static var notASocket: Int32 { ENOTSOCK }
  static var notSupported: Int32 { ENOTSUP }
  static var permissionDenied: Int32 { EACCES }
  static var protocolNotSupported: Int32 { EPROTONOSUPPORT }
  static var terminated: Int32 { ETERM }
  static var tooManySockets: Int32 { EMFILE }
  static var wrongState: Int32 { EFSM }
}
