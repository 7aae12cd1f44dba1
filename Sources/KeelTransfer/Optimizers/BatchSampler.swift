import Keel

/// Draws the training inputs of each step.
struct BatchSampler: Sendable {
  private let batches: Optimizer.Batches
  private let count: Int
  private var stream: RandomStream
  private var order: [Int] = []
  private var position = 0

  /// A sampler of `0..<count`.
  init(_ batches: Optimizer.Batches, count: Int, using stream: RandomStream) {
    self.batches = batches
    self.count = count
    self.stream = stream
  }

  /// The rows of the next batch, or nil for all.
  mutating func next() -> [Int]? {
    switch batches {
    case .full: return nil
    case .withReplacement(let size): return (0..<size).map { _ in stream.integer(below: count) }
    case .shuffled(let size):
      if position == order.count {
        order = stream.permutation(count)
        position = 0
      }
      let rows = order[position..<min(position + size, count)]
      position = rows.endIndex
      return Array(rows)
    }
  }
}
