// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "daylapse",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .target(name: "CNumberText"),
    .target(name: "Records", dependencies: ["CNumberText"]),
    .testTarget(name: "RecordsTests", dependencies: ["Records"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
