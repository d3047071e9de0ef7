// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// Debian's libzmq.pc hands on a flag of Kerberos that SwiftPM refuses with a warning; there the headers are on the
// default path anyway.
#if os(macOS)
  let zeroMQPackage: String? = "libzmq"
#else
  let zeroMQPackage: String? = nil
#endif

/// A library target.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of one target.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
    swiftSettings: settings)
}

// The fuzz targets need the modules' insides, as only tests have them; scripts/fuzz makes a program of libFuzzer of them.
let fuzzDependencies: [Target.Dependency] = [
  "Aggregator", "CByteScan", "CSVText", "Checkpoints", "Cleaner", "ExternalSort", "OutputFiles", "Records", "Replay",
  "Sink", "TestSupport", "TopicLog", "TopicStream",
]
let fuzz: Target =
  if Context.environment["DAYLAPSE_LIBFUZZER"] == nil {
    .testTarget(
      name: "FuzzTests", dependencies: fuzzDependencies, exclude: ["LibFuzzer.swift"], swiftSettings: settings)
  } else {
    .executableTarget(
      name: "Fuzz", dependencies: fuzzDependencies, path: "Tests/FuzzTests", exclude: ["FuzzTests.swift"],
      swiftSettings: settings + [.define("LIBFUZZER")])
  }

/// Which tests are built: all, or the simulations alone, which want an optimised build.
let builtTests: (Target) -> Bool = { target in
  Context.environment["DAYLAPSE_ONLY_SIMULATIONS"] == nil || target.type != .test || target.name == "SimulationTests"
}

let package = Package(
  name: "daylapse",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "daylapse", targets: ["daylapse"]),
    .library(name: "NumPyRandom", targets: ["NumPyRandom"]),
    .library(name: "ZeroMQ", targets: ["ZeroMQ"]),
    .library(name: "Records", targets: ["Records"]),
    .library(name: "TopicLog", targets: ["TopicLog"]),
    .library(name: "TopicStream", targets: ["TopicStream"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // C and system libraries
    .systemLibrary(
      name: "CZeroMQ", pkgConfig: zeroMQPackage, providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .target(name: "CNumberText"),
    .target(name: "CByteScan"),

    // What everything stands on
    library("ZeroMQ", ["CZeroMQ"]),
    library("NumPyRandom"),
    library("Records", ["CNumberText"]),
    library("Threads"),
    library("ExternalSort", ["CByteScan", "Records"]),
    library("CSVText", ["Records", "CZlib", "CByteScan"]),
    library("OutputFiles", ["Records", "CZlib", "CCrypto"]),
    library("Checkpoints", ["Records", "CByteScan", "OutputFiles"]),
    library("TopicLog", ["Records", "CByteScan"]),
    library("TopicStream", ["CByteScan", "Checkpoints", "Records", "TopicLog", "ZeroMQ"]),
    library("TopicView", ["CByteScan", "Records"]),

    // The stages, as pure steps
    library("Generator", ["NumPyRandom"]),
    library("Cleaner", ["Records"]),
    library("Aggregator", ["Records"]),
    library("Sink", ["Records", "ExternalSort", "CSVText"]),

    // A second opinion on what the stages give, without any of their code
    library("BatchCheck", ["Records", "CSVText"]),

    // What brings days in and plays them
    library("RawData", ["Records", "Generator", "TopicLog", "ExternalSort", "CSVText", "OutputFiles", "Threads"]),
    library(
      "Replay", ["Records", "TopicLog", "TopicStream", .product(name: "Histogram", package: "hdrhistogram-swift")]),

    .executableTarget(
      name: "daylapse",
      dependencies: [
        "Aggregator", "BatchCheck", "Checkpoints", "Cleaner", "OutputFiles", "RawData", "Replay", "Sink", "Threads",
        "TopicLog", "TopicStream", "TopicView",
        "ZeroMQ",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    tests("ZeroMQ"),
    tests("NumPyRandom", exclude: ["Fixtures"]),
    tests("Generator"),
    tests("ExternalSort", ["Records"]),
    tests("CSVText"),
    tests("OutputFiles", ["Records"]),
    tests("Checkpoints", ["Records", "TestSupport"]),
    tests("TopicLog", ["CByteScan"]),
    tests("Records", ["CNumberText", "TestSupport"]),
    tests("Cleaner", ["Records", "TestSupport"]),
    tests("Aggregator", ["Records", "TestSupport"]),
    tests("Sink", ["CSVText", "ExternalSort", "Records", "TestSupport"]),
    tests("TopicStream", ["Records", "TestSupport", "TopicLog", "ZeroMQ"]),
    tests("TopicView", ["Records", "TestSupport"]),
    tests("Replay", ["Records", "TestSupport", "TopicLog", "TopicStream", "ZeroMQ"]),
    tests("BatchCheck", ["RawData", "Records", "TestSupport", "TopicLog"]),
    tests("RawData", ["CSVText", "ExternalSort", "Generator", "OutputFiles", "Records", "TestSupport", "TopicLog"]),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "daylapse", "Aggregator", "Checkpoints", "Cleaner", "ExternalSort", "Records", "Replay", "Sink", "TestSupport",
        "Threads", "TopicLog", "TopicStream", "ZeroMQ",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "DaylapseTests",
      dependencies: [
        "daylapse", "Generator", "RawData", "Records", "Replay", "TestSupport", "TopicLog", "TopicStream", "ZeroMQ",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ChainTests",
      dependencies: [
        "Aggregator", "Cleaner", "ExternalSort", "OutputFiles", "RawData", "Records", "Sink", "TestSupport", "TopicLog",
      ],
      swiftSettings: settings),
    fuzz,
    .target(
      name: "TestSupport", dependencies: ["CAllocations", "Records"], path: "Tests/TestSupport", swiftSettings: settings
    ),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
  ].filter(builtTests),
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
