/// One row, as a view of the reader's memory: valid until the reader's next call.
///
/// Meant to be used again for every row, so that reading allocates nothing.
public struct CSVRow: ~Copyable {
  @usableFromInline
  struct Field {
    @usableFromInline var start: UnsafePointer<UInt8>
    @usableFromInline var length: Int
  }

  /// The number of fields.
  public internal(set) var count = 0
  /// The row's number, from 0: where a file has a header, that is row 0 and its data count from 1.
  public internal(set) var number = 0
  /// The line of the file on which the row begins, from 1; blank lines count.
  public internal(set) var line = 0
  /// What is wrong with the row, if anything. Then its fields are a best guess.
  public internal(set) var fault: CSVFault?
  /// Which field the fault is in, from 0, where it is in one.
  public internal(set) var faultIndex: Int?
  /// Which part of an overlong line this is, from 1; 0 for a whole row.
  public internal(set) var part = 0
  /// The row as it lies in the file, without the line end.
  public internal(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  @usableFromInline var fields: UnsafeMutablePointer<Field>
  private var capacity: Int

  /// Creates an empty row for a reader to fill.
  public init() {
    capacity = 32
    fields = .allocate(capacity: capacity)
  }

  deinit { fields.deallocate() }

  /// Whether the row is no proper CSV.
  public var isMalformed: Bool { fault != nil }

  /// The content of a field, without quotes around it and with doubled quotes made single.
  ///
  /// - Precondition: `index` is in `0..<count`.
  @inlinable
  public subscript(index: Int) -> UnsafeRawBufferPointer {
    precondition(index >= 0 && index < count, "a CSV row has no field of this number")
    let field = fields[index]
    return UnsafeRawBufferPointer(start: field.start, count: field.length)
  }

  @inline(__always)
  mutating func append(_ start: UnsafePointer<UInt8>, _ length: Int) {
    if count == capacity { grow() }
    (fields + count).initialize(to: Field(start: start, length: length))
    count &+= 1
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Field>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: fields, count: count)
    fields.deallocate()
    fields = larger
    capacity *= 2
  }
}
