import Foundation
import TestSupport
import Testing
import TopicLog
import TopicStream
import ZeroMQ

@testable import daylapse

struct PublisherDirectoryTests {
  private func places(
    _ topic: String, given: String? = nil, basePort: Int? = nil, endpoints: String? = nil
  ) throws -> [String] {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
      try endpoints?.write(toFile: folder + "/state/endpoints.json", atomically: true, encoding: .utf8)
      let directory = PublisherDirectory(
        context: try Context(), given: try given.map { try Upstream($0) }, basePort: basePort, dataDirectory: folder,
        security: nil)
      return try directory.places(of: topic).map { "\($0.data),\($0.service)" }
    }
  }

  private let endpoints = #"{"cleaner":{"data":"tcp://127.0.0.1:41000","service":"tcp://127.0.0.1:41777"}}"#

  @Test func aTopicIsLookedForWhereItsStagePublishes() throws {
    let base = "tcp://127.0.0.1:5550,tcp://127.0.0.1:5551"
    #expect(try places("events.raw") == [base])
    #expect(try places("events.clean") == ["tcp://127.0.0.1:5552,tcp://127.0.0.1:5553", base])
    #expect(try places("user.daily") == ["tcp://127.0.0.1:5554,tcp://127.0.0.1:5555", base])
    #expect(
      try places("users.rejected", basePort: 6000)
        == ["tcp://127.0.0.1:6002,tcp://127.0.0.1:6003", "tcp://127.0.0.1:6000,tcp://127.0.0.1:6001"])
    #expect(try places("mine") == [])
  }

  @Test func whatARunSaysComesFirst() throws {
    let found = try places("events.clean", endpoints: endpoints)
    #expect(found.first == "tcp://127.0.0.1:41000,tcp://127.0.0.1:41777")
    #expect(found.count == 3)
    #expect(try places("events.raw", endpoints: endpoints).count == 1)
    #expect(try places("events.clean", basePort: 6000, endpoints: endpoints).count == 2)
  }

  @Test func whatARunSaysMustBeReadable() throws {
    for (endpoints, problem) in [("{", "endpoints.json"), (#"{"cleaner":{"data":"nowhere"}}"#, "where the cleaner is")]
    {
      let error = #expect(throws: CommandError.self) { try places("events.clean", endpoints: endpoints) }
      #expect(error?.description.contains(problem) == true)
    }
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/state/endpoints.json", withIntermediateDirectories: true)
      let directory = PublisherDirectory(
        context: try Context(), given: nil, basePort: nil, dataDirectory: folder, security: nil)
      #expect(throws: CommandError.self) { try directory.find("events.clean") }
    }
  }

  @Test func whatIsGivenIsTheOnlyPlace() throws {
    for topic in ["events.clean", "mine"] {
      #expect(
        try places(topic, given: "tcp://there:7000", endpoints: endpoints) == ["tcp://there:7000,tcp://there:7001"])
    }
  }

  @Test func aPublisherThatDoesNotKnowItsTopicsYetIsWaitedFor() throws {
    try withTemporaryFolder { folder in
      let context = try Context()
      let publisher = try Publisher(
        context: context, name: "p",
        endpoints: .init(data: ["ipc://\(folder)/p"], service: ["ipc://\(folder)/p.service"]))
      defer { publisher.close() }
      let directory = PublisherDirectory(
        context: context, given: try Upstream("ipc://\(folder)/p"), basePort: nil, dataDirectory: folder, security: nil)
      defer { directory.close() }
      for _ in 0..<30 {
        #expect(try directory.find("t") == nil)
        #expect(try directory.givenTopics() == nil)
        try publisher.wait(milliseconds: 2)
      }
      try makeTopic("t", in: folder)
      try publisher.declare("t", run: "r", log: TopicReader(directory: folder + "/t", timeOf: { _ in nil }))
      let deadline = ContinuousClock.now + .seconds(60)
      while try directory.find("t") == nil, ContinuousClock.now < deadline { try publisher.wait(milliseconds: 5) }
      #expect(try directory.find("t") == Upstream("ipc://\(folder)/p"))
      #expect(try directory.givenTopics() == ["t"])
      let error = #expect(throws: CommandError.self) { try directory.find("u") }
      #expect(error?.description == "ipc://\(folder)/p has no topic \"u\"; it has t")
    }
  }

  private func makeTopic(_ name: String, in folder: String) throws {
    let writer = try TopicWriter(
      directory: folder + "/" + name, identity: TopicIdentity(name: name, run: "r", digest: "d"), mode: .create,
      timeOf: { _ in nil })
    try writer.seal()
    try writer.close()
  }
}
