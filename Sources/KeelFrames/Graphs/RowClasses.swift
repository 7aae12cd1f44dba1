import Keel

/// Rows sorted lexicographically, where numbers that are close count as equal.
///
/// A column splits each set of rows that have been equal so far: their numbers are sorted, and neighbours that differ by
/// more than the tolerance are told apart.
struct RowClasses {
  /// The rows that are equal, each set ascending, in lexicographic order.
  private(set) var blocks: [[Int]]
  /// The smallest difference that told rows apart, over the largest magnitude in its column.
  private(set) var gap = Double.infinity
  /// The largest difference that did not.
  private(set) var spread = 0.0
  private let tolerance: Double

  /// All rows equal.
  init(count: Int, tolerance: Double) {
    blocks = count > 0 ? [Array(0..<count)] : []
    self.tolerance = tolerance
  }

  /// Splits by the columns of a matrix, one after the other.
  mutating func split(by rows: Matrix<Double>) {
    for column in 0..<rows.columns where blocks.count < rows.rows {
      let scale = (0..<rows.rows).reduce(0) { max($0, abs(rows[$1, column])) }
      if scale > 0 { split(by: (0..<rows.rows).map { rows[$0, column] / scale }) }
    }
  }

  private mutating func split(by values: [Double]) {
    var result: [[Int]] = []
    result.reserveCapacity(values.count)
    for block in blocks {
      if block.count == 1 {
        result.append(block)
        continue
      }
      let sorted = block.sorted { (values[$0], $0) < (values[$1], $1) }
      var start = 0
      for next in 1...sorted.count {
        if next < sorted.count {
          let difference = values[sorted[next]] - values[sorted[next - 1]]
          if difference <= tolerance {
            spread = max(spread, difference)
            continue
          }
          gap = min(gap, difference)
        }
        result.append(sorted[start..<next].sorted())
        start = next
      }
    }
    blocks = result
  }
}

/// All orders of numbers that keep blocks of them in place, in lexicographic order.
struct BlockOrders {
  /// The current order.
  private(set) var order: [Int]
  private let ranges: [Range<Int>]

  /// Begins with each block ascending.
  init(_ blocks: [[Int]]) {
    order = []
    var ranges: [Range<Int>] = []
    for block in blocks {
      if block.count > 1 { ranges.append(order.count..<(order.count + block.count)) }
      order += block.sorted()
    }
    self.ranges = ranges.reversed()
  }

  /// Goes on to the next order; false after the last one, when the first one is back.
  mutating func advance() -> Bool {
    for range in ranges where permute(range) { return true }
    return false
  }

  /// The next order of a range; false if the first one is back.
  private mutating func permute(_ range: Range<Int>) -> Bool {
    var i = range.upperBound - 2
    while i >= range.lowerBound, order[i] > order[i + 1] { i -= 1 }
    var (low, high) = (i + 1, range.upperBound - 1)
    if i >= range.lowerBound {
      var j = high
      while order[j] < order[i] { j -= 1 }
      order.swapAt(i, j)
    }
    while low < high {
      order.swapAt(low, high)
      (low, high) = (low + 1, high - 1)
    }
    return i >= range.lowerBound
  }
}
