import Records
import TopicLog

/// A topic in a folder, with what is known of its messages.
struct InspectedTopic {
  /// The folder's name.
  let name: String
  let directory: String
  let outline: TopicOutline
  /// What is known of its messages, and of their times.
  let times: TopicTimes
  var schema: TopicSchema { times.schema }

  /// - Parameter given: What somebody said of the times of a topic of their own.
  init(_ name: String, in folder: TopicFolder, given: TimeField? = nil) throws {
    self.name = name
    directory = folder.directory(of: name)
    outline = try TopicOutline(directory: directory)
    do throws(TopicLogError) {
      times = try TopicTimes(name, directory: directory, given: given)
    } catch {
      // a topic.json that cannot be read is the outline's problem, and no reason not to look at the rest
      guard outline.problem != nil else { throw error }
      times = TopicTimes(of: TopicCatalogue.schema(of: name))
    }
  }

  /// Whether the catalogue knows what the messages hold.
  var hasSchema: Bool { !schema.fields.isEmpty }

  /// Whether its messages say when something happened.
  var hasTimes: Bool { times.hasTimes }
  var timeOf: LineTime { times.timeOf }

  /// In a word: `complete`, `open`, `by hand` or `damaged`.
  var state: String {
    if outline.problem != nil { return "damaged" }
    if outline.isMadeByHand { return "by hand" }
    return outline.isSealed ? "complete" : "open"
  }

  func reader() throws -> TopicReader { try times.reader(directory: directory) }

  /// Why a line is no message of this topic; nothing where it is one.
  func defect(of line: UnsafeRawBufferPointer) -> String? {
    schema.check(line).problem.map { "not a message: expected \($0.expected), found \($0.actual)" }
  }

  /// The file that has the message at `offset`.
  func path(of offset: Int) -> String {
    outline.segments.last { $0.first <= offset }?.path ?? directory
  }
}
