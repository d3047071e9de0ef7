// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "daylapse-examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "daylapse", path: "../..")],
  targets: [
    .executableTarget(name: "CountEvents", dependencies: products("Records", "TopicStream", "ZeroMQ")),
    .executableTarget(name: "ActiveUsers", dependencies: products("Records", "TopicLog", "TopicStream", "ZeroMQ")),
  ],
  swiftLanguageModes: [.v6]
)

/// Libraries of Daylapse.
func products(_ names: String...) -> [Target.Dependency] {
  names.map { .product(name: $0, package: "daylapse") }
}
