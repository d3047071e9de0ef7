/// What is seen of a run: feeds the display with what the supervisor knows.
struct RunDisplay {
  let line: ProgressLine
  /// What keys do, for the help; empty where none are read.
  var keys: [KeyHelp] = []
  private var figures = RunFigures()
  private var showsHelp = false

  init(line: ProgressLine) { self.line = line }

  /// Shown instead, when there is nothing to see yet.
  var note: String? {
    get { figures.note }
    set { figures.note = newValue }
  }

  /// Shows how things are, now and then. `now` is in nanoseconds.
  mutating func update(_ supervisor: Supervisor, now: Int) {
    guard !line.isQuiet else { return }
    for stage in supervisor.stages {
      figures.take(
        RunFigures.News(
          name: stage.process.name, progress: stage.progress, isReady: stage.isReady, isDone: stage.report != nil,
          isDown: stage.startsAgainAt != nil, restarts: stage.starts - 1), at: now)
    }
    var view = figures.view
    (view.keys, view.showsHelp) = (keys, showsHelp)
    line.show(view)
  }

  /// Shows the help, or takes it away.
  mutating func toggleHelp() { showsHelp.toggle() }
}
