/// Merges sorted runs with a tree of losers (Knuth, The Art of Computer Programming, volume 3, 5.4.1).
///
/// Rows with equal keys come out in the order of their runs.
struct RunMerge: ~Copyable {
  /// One side of a match: a key and the run that has it. The run's number decides between equal keys, and an ended
  /// run loses against every row.
  private struct Player {
    var key: UInt64
    var run: UInt64

    static let endedFlag: UInt64 = 1 << 32

    static func ended(_ run: Int) -> Player { Player(key: .max, run: UInt64(run) | endedFlag) }

    @inline(__always)
    func beats(_ other: Player) -> Bool {
      key < other.key || (key == other.key && run < other.run)
    }
  }

  private let runCount: Int
  private let cursors: UnsafeMutablePointer<RunCursor>
  /// The loser of the match at each inner node; node 1 is the root, run `r` is the leaf `runCount + r`.
  private let losers: UnsafeMutablePointer<Player>

  /// Prepares to merge `runs` of a storage, which share `byteLimit` for their buffers but get `leastByteCount` each.
  init(runs: [Range<Int>], storage: any RunStorage, byteLimit: Int, leastByteCount: Int) {
    runCount = runs.count
    cursors = .allocate(capacity: runs.count)
    losers = .allocate(capacity: max(1, runs.count))
    losers.initialize(repeating: .ended(0), count: max(1, runs.count))
    // Whole pages, so that reads begin at page boundaries most of the time.
    let share = max(leastByteCount, byteLimit / max(1, runs.count) / 4096 * 4096)
    for run in runs.indices {
      (cursors + run).initialize(to: RunCursor(run: runs[run], storage: storage, byteLimit: share))
    }
  }

  deinit {
    cursors.deinitialize(count: runCount)
    cursors.deallocate()
    losers.deallocate()
  }

  /// Calls `body` with every row of all runs, in order.
  func forEachRow(_ body: (UInt64, UnsafeRawBufferPointer) throws -> Void) throws {
    var winner = try firstWinner()
    while winner.run < Player.endedFlag {
      let run = Int(winner.run)
      try body(winner.key, RowLayout.bytes(at: cursors[run].row))
      winner = replay(try nextPlayer(of: run), leaf: run)
      guard winner.run == UInt64(run) else { continue }
      // The same run again: as long as it stays ahead of the best of the others, no match is needed.
      let rival = bestRival(of: run)
      while winner.beats(rival) {
        try body(winner.key, RowLayout.bytes(at: cursors[run].row))
        winner = try nextPlayer(of: run)
      }
      winner = replay(winner, leaf: run)
    }
  }

  @inline(__always)
  private func nextPlayer(of run: Int) throws -> Player {
    guard try cursors[run].advance() else { return .ended(run) }
    return Player(key: RowLayout.key(at: cursors[run].row), run: UInt64(run))
  }

  /// Lets a run's next row play its way up to the root.
  @inline(__always)
  private func replay(_ player: Player, leaf run: Int) -> Player {
    var winner = player
    var node = (runCount &+ run) &>> 1
    while node > 0 {
      let other = losers[node]
      // Written as selections, not branches: the outcome of a match cannot be predicted.
      let otherWins = other.beats(winner)
      losers[node] = Player(key: otherWins ? winner.key : other.key, run: otherWins ? winner.run : other.run)
      winner = Player(key: otherWins ? other.key : winner.key, run: otherWins ? other.run : winner.run)
      node &>>= 1
    }
    return winner
  }

  /// The best of the runs that the winning run has beaten on its way up.
  private func bestRival(of run: Int) -> Player {
    // The lowest of all ended players: no ended run beats it, so the winner stops there at the latest.
    var best = Player.ended(0)
    var node = (runCount &+ run) &>> 1
    while node > 0 {
      if losers[node].beats(best) { best = losers[node] }
      node &>>= 1
    }
    return best
  }

  /// Plays all matches once, from the leaves up.
  private func firstWinner() throws -> Player {
    guard runCount > 0 else { return .ended(0) }
    var winners = [Player](repeating: .ended(0), count: 2 * runCount)
    for run in 0..<runCount {
      let hasRow = try cursors[run].start()
      winners[runCount + run] =
        hasRow ? Player(key: RowLayout.key(at: cursors[run].row), run: UInt64(run)) : .ended(run)
    }
    for node in stride(from: runCount - 1, to: 0, by: -1) {
      let (left, right) = (winners[2 * node], winners[2 * node + 1])
      winners[node] = left.beats(right) ? left : right
      losers[node] = left.beats(right) ? right : left
    }
    return winners[1]
  }
}
