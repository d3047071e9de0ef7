extension Consumer {
  /// What keeps messages from coming although the publisher is there, as far as is known. Does not block.
  public func linkProblem() throws -> LinkProblem? {
    let now = options.clock.now()
    for link in links {
      if let problem = try link.problem(now: now) { return problem }
    }
    return nil
  }

  /// - Throws: ``LinkProblem`` where the publisher does not let this consumer in, and waiting would not help.
  func checkLinks() throws {
    if let problem = try linkProblem(), problem.isFinal { throw problem }
  }
}
