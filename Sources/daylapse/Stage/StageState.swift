import Records
import TopicStream

/// What a stage can be asked about while it works.
final class StageState {
  enum Phase {
    /// The step is not what it was when its last checkpoint was made.
    case recovering
    case running
    /// Everything was processed in an earlier life, and the step knows nothing of it: the logs do.
    case complete
  }

  let step: any Step
  let logs: [LogOutput]
  var phase = Phase.recovering

  init(step: any Step, logs: [LogOutput]) {
    self.step = step
    self.logs = logs
  }
}
