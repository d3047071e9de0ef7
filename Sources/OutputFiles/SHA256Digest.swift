import CCrypto

/// A SHA-256 (FIPS 180-4) that is computed piece by piece, by libcrypto and so with the processor's own instructions.
public final class SHA256Digest {
  private let context: OpaquePointer

  /// Begins the digest of no bytes.
  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto offers no SHA-256: check its installation")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Continues with more bytes.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// Ends the digest, once.
  ///
  /// - Returns: 64 lowercase hexadecimal digits.
  public func finish() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
