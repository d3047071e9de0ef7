/// What ``TopicVerifier`` saw in a topic, and what of it is not as it should be.
public struct VerificationReport: Equatable, Sendable {
  /// Whose records these are; nothing for a topic that was made by hand, or whose `topic.json` cannot be read.
  public internal(set) var identity: TopicIdentity?
  public internal(set) var isSealed = false
  public internal(set) var segmentCount = 0
  public internal(set) var recordCount = 0
  public internal(set) var byteCount = 0
  /// How many checksums were compared.
  public internal(set) var blockCount = 0
  /// How many bytes they cover.
  public internal(set) var checkedByteCount = 0
  /// In the order of the files.
  public internal(set) var findings: [VerificationFinding] = []

  /// Whether all is as it should be.
  public var isSound: Bool { findings.isEmpty }

  /// This report with only those findings that an earlier one of the same topic has, too: damage stays where it is, and
  /// a line that a writer was in the middle of does not.
  public func keepingFindings(of earlier: VerificationReport) -> VerificationReport {
    var report = self
    report.findings = findings.filter(earlier.findings.contains)
    return report
  }
}

/// One thing in a topic that is not as it should be.
public struct VerificationFinding: Equatable, Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    /// `topic.json` cannot be read.
    case metadata
    /// A segment does not begin where the one before it ends, or is missing.
    case segmentName
    /// Bytes are not those that were written.
    case checksum
    /// A block has not as many lines as its sidecar says.
    case lineCount
    /// A line is not ended where it should be.
    case unendedLine
    /// A sidecar's line is not as it was written.
    case index
    /// A sidecar is missing, or covers less than it should.
    case indexCoverage
    /// A sidecar's watermark is not that of the records.
    case watermark
    /// The topic does not end where `topic.json` says.
    case seal
  }

  public var kind: Kind
  /// The file concerned.
  public var path: String
  /// The offsets of the records concerned.
  public var offsets: Range<Int>?
  /// Where they lie in their segment.
  public var bytes: Range<Int>?
  public var expected: String
  public var actual: String

  public var description: String {
    var place = path
    if let offsets { place += " offsets \(offsets)" }
    if let bytes { place += " (bytes \(bytes))" }
    return "\(place): \(kind.rawValue): expected \(expected), found \(actual)"
  }
}
