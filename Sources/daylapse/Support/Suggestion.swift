/// The name that somebody may have meant.
enum Suggestion {
  /// The known name nearest to one that is not known.
  ///
  /// - Returns: Nothing where none is near; of several that are as near the first.
  static func nearest(to name: String, among names: [String]) -> String? {
    let wanted = plain(name)
    let limit = max(1, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in names {
      let letters = plain(candidate)
      var distance = editDistance(wanted, letters)
      // a part of a name that stands for it alone: `daily`, `events.cl`
      if distance > limit, wanted.count >= 3, contains(letters, wanted) { distance = limit }
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// `; did you mean "events.raw"?`, or nothing: to be put behind a complaint.
  static func question(for name: String, among names: [String]) -> String {
    nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// Case and what separates words do not tell names apart.
  private static func plain(_ name: String) -> [Character] {
    name.lowercased().map { "_-/: ".contains($0) ? "." : $0 }
  }

  private static func contains(_ text: [Character], _ part: [Character]) -> Bool {
    guard part.count <= text.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
  }

  /// How many letters have to be put in, left out, replaced or swapped with the next one.
  ///
  /// Source: the optimal string alignment distance, after Damerau, "A technique for computer detection and correction of
  /// spelling errors".
  static func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var present = [row + 1]
      for column in right.indices {
        let isSame = left[row] == right[column]
        var distance = min(last[column + 1] + 1, present[column] + 1, last[column] + (isSame ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          distance = min(distance, beforeLast[column - 1] + 1)
        }
        present.append(distance)
      }
      (beforeLast, last) = (last, present)
    }
    return last[right.count]
  }
}
