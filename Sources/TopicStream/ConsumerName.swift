/// What consumers may call themselves.
public enum ConsumerName {
  /// Why no consumer can ever say that this is its name, or `nil` where one can.
  public static func problem(with name: String) -> String? {
    if name.isEmpty { return "is empty" }
    let byteCount = name.utf8.count
    if byteCount > ServiceRequest.maxNameBytes {
      return "has \(byteCount) bytes, but names of consumers have at most \(ServiceRequest.maxNameBytes)"
    }
    if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "has a control character in it"
    }
    return nil
  }
}
