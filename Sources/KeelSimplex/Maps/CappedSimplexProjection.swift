/// Euclidean projection onto the capped simplex {0 ≤ p ≤ u, Σp = s}: p = min(max(x - τ, 0), u).
///
/// s is the budget of a row, and u bounds each entry. With u = 1 and a whole number s = k it is the polytope
/// of subsets of k entries; with s = 1 the map is constrained sparsemax. Ω(p) = ½‖p‖².
///
/// The sum is piecewise linear in τ; Newton's method, with pivots when it strays, finds the piece of the root
/// exactly, in expected linear time.
///
/// Edge cases, besides those of every map:
/// - A row whose entries other than -∞ cannot hold the budget gets all that it can hold, and the residual
///   is what is missing.
/// - Entries of +∞ take their bounds first, and what is left goes to the others. If the budget is less than
///   that, they share it as equals: p = min(t, u) with one t.
/// - Where no entry is strictly between its bounds, at a vertex, there is no derivative, and zero is
///   returned.
///
/// Source: Pardalos and Kovoor (1990), An algorithm for a singly constrained class of quadratic programs;
/// Kiwiel (2008), Breakpoint searching algorithms for the continuous quadratic knapsack problem.
public struct CappedSimplexProjection<Scalar: SimplexScalar>: SimplexMap {
  /// The sum s of each row of the output.
  public let budget: RowParameter<Scalar>
  /// The upper bounds u.
  public let upperBound: UpperBound<Scalar>

  /// The projection onto the capped simplex with one bound for all entries of a row.
  ///
  /// - Parameters:
  ///   - budget: s, finite and not negative.
  ///   - bound: u, not negative; may be infinite.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(budget: RowParameter<Scalar>, bound: RowParameter<Scalar> = .all(1)) throws(SimplexError) {
    try budget.requireNonnegative("budget")
    try bound.requireNonnegative("bound", orInfinite: true)
    self.budget = budget
    upperBound = .shared(bound)
  }

  /// The projection onto the capped simplex with a bound for each column.
  ///
  /// - Parameters:
  ///   - budget: s, finite and not negative.
  ///   - bounds: u, not negative; may be infinite. Rows must have as many entries.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(budget: RowParameter<Scalar>, bounds: [Scalar]) throws(SimplexError) {
    try budget.requireNonnegative("budget")
    try bounds.requireNonnegative("bounds")
    self.budget = budget
    upperBound = .perColumn(bounds)
  }

  /// Constrained sparsemax: the projection onto {0 ≤ p ≤ u, Σp = 1}.
  ///
  /// Source: Malaviya, Ferreira and Martins (2018), Sparse and constrained attention for neural machine
  /// translation.
  ///
  /// - Parameter bounds: u, not negative; may be infinite. Rows must have as many entries.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public static func constrainedSparsemax(bounds: [Scalar]) throws(SimplexError) -> Self {
    try Self(budget: .all(1), bounds: bounds)
  }

  /// The projection onto the polytope of subsets of `size` entries, {0 ≤ p ≤ 1, Σp = size}.
  ///
  /// - Parameter size: the number of entries of a subset, not negative.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public static func subsets(size: Int) throws(SimplexError) -> Self {
    try Self(budget: .all(Scalar(size)))
  }

  /// `capped-simplex`.
  public var name: String { "capped-simplex" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// True with one bound for all entries of a row: those of columns are known by their column.
  public var hasLocalDerivatives: Bool {
    if case .shared = upperBound { return true }
    return false
  }

  /// Throws if there are not as many bounds as columns, or if the bounds of a row do not hold its budget.
  ///
  /// A budget may exceed the sum of the bounds by rounding. Rows without entries are not checked.
  public func validate(rows: Int, columns: Int) throws(SimplexError) {
    precondition(budget.fits(rows: rows), "There must be a budget for each row")
    switch upperBound {
    case .perColumn(let bounds):
      try bounds.requireCount(columns, "bounds")
      guard columns > 0 else { return }
      let capacity = bounds.reduce(0.0) { $0 + Double($1) }
      for value in budget.values { try check(value, capacity) }
    case .shared(let bound):
      precondition(bound.fits(rows: rows), "There must be a bound for each row")
      guard columns > 0 else { return }
      if bound.isShared {
        for value in budget.values { try check(value, Double(columns) * Double(bound[0])) }
      } else {
        for r in 0..<rows { try check(budget[r], Double(columns) * Double(bound[r])) }
      }
    }
  }

  private func check(_ budget: Scalar, _ capacity: Double) throws(SimplexError) {
    let rounding = 2 * Double(Scalar.ulpOfOne)
    guard Double(budget) <= capacity * (1 + rounding) else {
      throw .infeasible(
        argument: "budget", reason: "the sum must be \(budget), but the bounds allow at most \(capacity)")
    }
  }

  /// Projects the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: KnapsackSet<Scalar>.scratch(columns: batch.columns)
    ) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      forEachSet(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, set in
        budget.forEachRun(in: rows) { rows, budget in
          var set = set
          set.total = budget
          Scalar.polytopeKernels.knapsack(batch[rows], set, scratch)
        }
      }
    }
  }

  /// g minus its mean over the entries strictly between their bounds, on these.
  public func pullback(_ batch: PullbackBatch<Scalar>) { derivative(.input, batch, nil) }

  /// ½‖p‖².
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { Scalar.sumOfSquares(p) / 2 }

  /// The largest of -p, p - u and |Σp - s|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    var (sum, worst) = (0.0, 0.0)
    for (i, value) in p.enumerated() {
      sum += Double(value)
      worst = max(worst, -Double(value), Double(value) - Double(upperBound[row, i]))
    }
    return max(worst, abs(sum - Double(budget[row])))
  }

  /// The largest violation of: p in the polytope, p = min(max(x - τ, 0), u). With entries of +∞, of the first
  /// alone.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum > -.infinity else { return 0 }
    var worst = violation(p, row: row)
    guard threshold.maximum.isFinite else { return worst }
    for (i, value) in p.enumerated() {
      let expected = min(
        max(Double(scores[i]) - threshold.maximum - threshold.offset, 0), Double(upperBound[row, i]))
      worst = max(worst, abs(Double(value) - expected))
    }
    return worst
  }

  /// Calls `body` with runs of rows that have the same bounds.
  private func forEachSet(in rows: Range<Int>, _ body: (Range<Int>, KnapsackSet<Scalar>) -> Void) {
    switch upperBound {
    case .shared(let bound): bound.forEachRun(in: rows) { body($0, KnapsackSet(bound: $1)) }
    case .perColumn(let bounds):
      bounds.withUnsafeBufferPointer { body(rows, KnapsackSet(bounds: $0.baseAddress)) }
    }
  }

  /// A derivative of rows; `numbers` are those of the rows of the batch.
  func derivative(
    _ derivative: KnapsackDerivative, _ batch: PullbackBatch<Scalar>, _ numbers: UnsafeMutablePointer<Scalar>?
  ) {
    forEachSet(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, set in
      Scalar.polytopeKernels.knapsackPullback(
        batch[rows], set, derivative, numbers.map { $0 + (rows.lowerBound - batch.firstRow) })
    }
  }
}

/// The upper bounds of the entries of rows.
public enum UpperBound<Scalar: SimplexScalar>: Sendable, Equatable {
  /// One bound for all entries of a row.
  case shared(RowParameter<Scalar>)
  /// A bound for each column.
  case perColumn([Scalar])

  /// The bound of an entry.
  public subscript(row: Int, column: Int) -> Scalar {
    switch self {
    case .shared(let bound): bound[row]
    case .perColumn(let bounds): bounds[column]
    }
  }
}
