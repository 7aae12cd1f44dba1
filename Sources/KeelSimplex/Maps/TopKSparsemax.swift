/// Sparsemax of the k largest entries of a row: the projection onto the points of the simplex with at most k
/// entries that are not zero.
///
/// Of equal entries, those with the lowest index are kept. The set is not convex where it matters: the map
/// jumps where the entries number k and k + 1 change places. Elsewhere its derivatives are those of sparsemax.
///
/// Ω(p) = ½‖p‖². Complexity: that of sparsemax, and for rows whose sparsemax has more than k entries a
/// selection in expected linear time and another sparsemax.
///
/// Source: Kyrillidis, Becker, Cevher and Koch (2013), Sparse projections onto the simplex.
public struct TopKSparsemax<Scalar: SimplexScalar>: SimplexMap {
  /// k of each row, as a number without fraction.
  private let largest: RowParameter<Double>

  /// Sparsemax of the k largest entries.
  ///
  /// - Parameter k: how many entries may be other than zero, at least 1.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(k: Int) throws(SimplexError) { try self.init([k]) { .all($0[0]) } }

  /// Sparsemax of the k largest entries, with a k for each row.
  ///
  /// - Parameter k: one for each row of a batch, at least 1.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(perRow k: [Int]) throws(SimplexError) { try self.init(k) { .perRow($0) } }

  /// Sparsemax of the k largest entries, with a k for each head.
  ///
  /// - Parameters:
  ///   - k: one for each head, at least 1.
  ///   - rows: the number of rows of one head in one example: that of queries.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(perHead k: [Int], rows: Int) throws(SimplexError) {
    try self.init(k) { .perHead($0, rows: rows) }
  }

  private init(_ k: [Int], _ parameter: ([Double]) -> RowParameter<Double>) throws(SimplexError) {
    if let wrong = k.first(where: { $0 < 1 }) {
      throw .outOfRange(argument: "k", expected: "at least 1", found: "\(wrong)")
    }
    largest = parameter(k.map { Double($0) })
  }

  /// How many entries of a row may be other than zero.
  public func k(row: Int) -> Int { Int(largest[row]) }

  /// `top-k-sparsemax`.
  public var name: String { "top-k-sparsemax" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// True: they are made of the entries of the support.
  public var hasLocalDerivatives: Bool { true }

  /// Throws nothing.
  ///
  /// - Precondition: there is a k for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(largest.fits(rows: rows), "There must be a k for each row")
  }

  /// Maps the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    let columns = batch.columns
    guard columns > 0 else { return Scalar.sparsemax(batch, radius: 1) }
    // Scores must outlive the first sparsemax: a block of rows is copied if they are mapped in place.
    let isInPlace = batch.input == UnsafePointer(batch.output)
    let block = max(1, min(batch.rows, 8192 / columns))
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: (isInPlace ? block + 2 : 2) * columns) {
      scratch in
      withUnsafeTemporaryAllocation(of: RowThreshold.self, capacity: block) { found in
        guard let scratch = scratch.baseAddress, let found = found.baseAddress else { return }
        for first in stride(from: 0, to: batch.rows, by: block) {
          let rows = first..<min(first + block, batch.rows)
          var part = batch[batch.firstRow + rows.lowerBound..<batch.firstRow + rows.upperBound]
          if isInPlace {
            let copy = scratch + 2 * columns
            for r in 0..<part.rows {
              (copy + r * columns).update(from: part.input + r * part.inputStride, count: part.length(r))
            }
            part.input = UnsafePointer(copy)
            part.inputStride = columns
          }
          project(part, scratch, part.thresholds ?? found)
        }
      }
    }
  }

  /// Maps rows whose scores are not where their images go.
  private func project(
    _ batch: RowBatch<Scalar>, _ scratch: UnsafeMutablePointer<Scalar>,
    _ thresholds: UnsafeMutablePointer<RowThreshold>
  ) {
    var batch = batch
    batch.thresholds = thresholds
    Scalar.sparsemax(batch, radius: 1)
    for r in 0..<batch.rows {
      let k = k(row: batch.firstRow + r)
      // The support has the largest entries: if there are at most k, they are those of sparsemax.
      guard thresholds[r].supportCount > k, !thresholds[r].maximum.isNaN else { continue }
      let row = batch[batch.firstRow + r..<batch.firstRow + r + 1]
      let length = row.length(0)
      Scalar.polytopeKernels.keepLargest(length, row.input, k, scratch, scratch + length)
      Scalar.sparsemax(
        RowBatch(
          rows: 1, columns: length, input: scratch, inputStride: length, output: row.output,
          outputStride: length, thresholds: row.thresholds), radius: 1)
    }
  }

  /// g minus its mean over the support, on the support.
  public func pullback(_ batch: PullbackBatch<Scalar>) { Scalar.sparsemaxPullback(batch) }

  /// ½‖p‖².
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { Scalar.sumOfSquares(p) / 2 }

  /// The largest of -p, |Σp - 1| and the entry number k + 1 of p in decreasing order.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    let sum = p.reduce(0) { $0 + Double($1) }
    let positive = p.filter { $0 > 0 }
    let excess = positive.count > k(row: row) ? Double(positive.sorted(by: >)[k(row: row)]) : 0
    return max(abs(sum - 1), p.reduce(excess) { max($0, -Double($1)) })
  }

  /// The largest violation of: p in the simplex with at most k entries, p = max(x - τ, 0) for the k largest
  /// entries of x.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    var (worst, least) = (violation(p, row: row), Double.infinity)
    var support = 0
    for (i, value) in p.enumerated() where value > 0 {
      let x = Double(scores[i]) - threshold.maximum
      least = min(least, x)
      support += 1
      worst = max(worst, abs(Double(value) - max(x - threshold.offset, 0)))
    }
    let highest = support >= k(row: row) ? least : threshold.offset
    for (i, value) in p.enumerated() where value == 0 {
      worst = max(worst, Double(scores[i]) - threshold.maximum - highest)
    }
    return worst
  }
}
