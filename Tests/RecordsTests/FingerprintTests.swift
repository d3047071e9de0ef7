import Records
import Testing

@Suite struct FingerprintTests {
  @Test func namesEveryValue() {
    var fingerprint = Fingerprint("generate", version: 2)
    fingerprint.add("n-users", 200)
    fingerprint.add("paid-ratio", 0.35)
    fingerprint.add("gzip", false)
    #expect(fingerprint.description == "generate 2 n-users=200 paid-ratio=0.35 gzip=no")
    #expect(Fingerprint.value(of: "paid-ratio", in: fingerprint.description) == "0.35")
    #expect(Fingerprint.value(of: "ratio", in: fingerprint.description) == nil)
  }

  /// No value can look like another name.
  @Test func escapesWhatSeparates() {
    var one = Fingerprint("import", version: 1)
    one.add("file", "a b=c%é")
    #expect(one.description == "import 1 file=a%20b%3Dc%25%C3%A9")
    var other = Fingerprint("import", version: 1)
    other.add("file", "a")
    other.add("b", "c%é")
    #expect(one != other)
  }
}
