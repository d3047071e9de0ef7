import Records
import Replay
import TopicLog

/// Looks before a replay whether it can go by the times of its topics.
///
/// What Daylapse itself has written of the topology is in order, and needs no look at each message.
struct TimeCheck {
  let topics: [OpenTopic]
  let pace: PaceArguments
  /// Whether topics of one's own may come out of order.
  let mayBeUnsorted: Bool
  var onNotice: (String) -> Void
  /// Called now and then; may throw to give up.
  var onProgress: () throws -> Void

  /// - Throws: ``CommandError`` where times are needed and cannot be read, or messages are not in their order.
  func perform() throws {
    var isTimed = false
    for topic in topics where !topic.isBootstrap {
      if let guess = topic.times.guess { onNotice(guess) }
      isTimed = try check(topic) || isTimed
    }
    guard !isTimed, let option = pace.optionThatNeedsTimes,
      let topic = topics.first(where: { $0.isBootstrap && $0.log.nextOffset > $0.log.firstOffset })
    else { return }
    throw CommandError("\(option) goes by event times, but messages of \(topic.name) have none: leave it out")
  }

  /// - Returns: Whether messages of the topic have times.
  private func check(_ topic: OpenTopic) throws -> Bool {
    let log = topic.log
    guard log.nextOffset > log.firstOffset else { return true }
    if topic.times.source == .catalogue, log.identity != nil, try log.watermark != nil { return true }
    let survey = try TimeSurvey(
      of: log, offsets: log.firstOffset..<log.nextOffset, timeOf: topic.timeOf, field: topic.times.field,
      onProgress: onProgress)
    guard survey.hasTimes else {
      let problem =
        "no message of \(topic.name) has a time that can be read in \(field(topic)): \(survey.firstUntimed?.description ?? "")"
      if let option = pace.optionThatNeedsTimes {
        throw CommandError("\(problem), and \(option) goes by it. \(advice(topic, survey))")
      }
      guard topic.times.source == .unknown || topic.times.source == .catalogue else {
        throw CommandError("\(problem). \(advice(topic, survey))")
      }
      onNotice("\(problem); published before all that has times, in the order of the file")
      return false
    }
    if survey.untimedCount > 0 {
      onNotice(
        "\(Figures.grouped(survey.untimedCount)) of \(Figures.grouped(survey.count)) messages of \(topic.name) have no time "
          + "that can be read in \(field(topic)), and go with the one before them; first \(survey.firstUntimed?.description ?? "")"
      )
    }
    guard let disorder = survey.firstDisorder else { return true }
    let problem =
      "\(topic.name) is not in the order of its times: offset \(disorder.offset) is of \(disorder.time), after one of "
      + "\(disorder.before)"
    guard mayBeUnsorted || topic.times.source == .catalogue else {
      throw CommandError("\(problem). Sort its messages, or publish them in the order of the file with --unsorted")
    }
    onNotice(
      "\(problem) (\(Figures.grouped(survey.disorderCount)) such messages); published in the order of the file, the late ones "
        + "at once")
    return true
  }

  private func field(_ topic: OpenTopic) -> String { "\"\(topic.times.field?.name ?? "event_time")\"" }

  private func advice(_ topic: OpenTopic, _ survey: TimeSurvey) -> String {
    guard topic.times.source != .catalogue else { return "Correct the messages, or replay them with --speed max" }
    switch survey.firstUntimed?.value {
    case .number:
      return "Say what the numbers count with --time-unit s, ms, us or ns, or with \"time_unit\" in its topic.json"
    case .string: return "Times are texts such as 2025-01-31T06:00:00, or numbers whose --time-unit is known"
    default: break
    }
    return "Say where its times are with --time-field, or with \"time_field\" in its topic.json"
  }
}

extension PaceArguments {
  /// The first of the options given that mean something only where messages have times.
  fileprivate var optionThatNeedsTimes: String? {
    if case .factor = speed.value { return "--speed \(speed)" }
    if from != nil { return "--from" }
    if to != nil { return "--to" }
    if pauseAt != nil { return "--pause-at" }
    return skipSilence != nil ? "--skip-silence" : nil
  }
}
