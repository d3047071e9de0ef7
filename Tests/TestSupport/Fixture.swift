import Foundation

/// Files that were made by the programs whose results are to be met.
public enum Fixture {
  private static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures").path

  public static func path(_ name: String) -> String { directory + "/" + name }

  public static func text(_ name: String) throws -> String {
    try String(contentsOfFile: path(name), encoding: .utf8)
  }
}
