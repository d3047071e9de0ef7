/// Where a message is.
public struct MessagePlace: Equatable, Sendable {
  public var topic: String
  public var run: String
  public var epoch: Int
  public var offset: Int

  public init(topic: String, run: String, epoch: Int = 0, offset: Int) {
    self.topic = topic
    self.run = run
    self.epoch = epoch
    self.offset = offset
  }
}
