import Synchronization
import TopicLog

/// How much of a topic's memory is on its way to one peer.
final class LoanAccount: Sendable {
  private let bytes = Atomic(0)

  var byteCount: Int { bytes.load(ordering: .relaxed) }

  fileprivate func add(_ count: Int) { bytes.add(count, ordering: .relaxed) }
}

/// Memory of a topic that a message refers to; whoever releases the message, on whatever thread, gives it back.
final class Loan: Sendable {
  private let owner: any AnyObject & Sendable
  private let byteCount: Int
  private let account: LoanAccount

  init(_ slice: TopicSlice, _ account: LoanAccount) {
    owner = slice.owner
    byteCount = slice.bytes.count
    self.account = account
    account.add(byteCount)
  }

  deinit { account.add(-byteCount) }
}
