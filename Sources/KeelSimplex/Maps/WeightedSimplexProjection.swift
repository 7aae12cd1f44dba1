/// Euclidean projection onto the weighted simplex {p ≥ 0, Σ w p = z}: p = max(x - wτ, 0).
///
/// Ω(p) = ½‖p‖². τ = (Σ w x - z) / Σ w², sums over the support, found exactly in expected linear time. A
/// threshold has the largest ratio x / w as its maximum.
///
/// Entries of +∞ share z: each gets z over the sum of their weights.
public struct WeightedSimplexProjection<Scalar: SimplexScalar>: SimplexMap {
  /// The weighted sum z of each row of the output.
  public let radius: RowParameter<Scalar>
  /// The weight w of each column.
  public let weights: [Scalar]

  /// The projection onto a weighted simplex.
  ///
  /// - Parameters:
  ///   - weights: w, finite and positive. Rows must have as many entries.
  ///   - radius: z, finite and not negative.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(weights: [Scalar], radius: RowParameter<Scalar> = .all(1)) throws(SimplexError) {
    try weights.requirePositive("weights")
    try radius.requireNonnegative("radius")
    self.weights = weights
    self.radius = radius
  }

  /// `weighted-simplex`.
  public var name: String { "weighted-simplex" }

  /// False, unless all weights are equal.
  public var isShiftInvariant: Bool { weights.allSatisfy { $0 == weights[0] } }

  /// Throws if there are not as many weights as columns.
  public func validate(rows: Int, columns: Int) throws(SimplexError) {
    precondition(radius.fits(rows: rows), "There must be a radius for each row")
    try weights.requireCount(columns, "weights")
  }

  /// Projects the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: KnapsackSet<Scalar>.scratch(columns: batch.columns)
    ) { scratch in
      weights.withUnsafeBufferPointer { weights in
        guard let scratch = scratch.baseAddress, let weights = weights.baseAddress else { return }
        radius.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, radius in
          Scalar.polytopeKernels.knapsack(
            batch[rows], KnapsackSet(weights: weights, total: radius), scratch)
        }
      }
    }
  }

  /// g - w <w, g> / <w, w> on the support, with products over the support.
  public func pullback(_ batch: PullbackBatch<Scalar>) { derivative(.input, batch, nil) }

  /// ½‖p‖².
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { Scalar.sumOfSquares(p) / 2 }

  /// The largest of -p and |Σ w p - z|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    let sum = zip(weights, p).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    return max(abs(sum - Double(radius[row])), p.reduce(0) { max($0, -Double($1)) })
  }

  /// The largest violation of: p in the polytope, p = max(x - wτ, 0).
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
      let w = Double(weights[i])
      let expected = w * max(Double(scores[i]) / w - threshold.maximum - threshold.offset, 0)
      worst = max(worst, abs(Double(value) - expected))
    }
    return worst
  }

  /// A derivative of rows; `numbers` are those of the rows of the batch.
  func derivative(
    _ derivative: KnapsackDerivative, _ batch: PullbackBatch<Scalar>, _ numbers: UnsafeMutablePointer<Scalar>?
  ) {
    weights.withUnsafeBufferPointer {
      guard let weights = $0.baseAddress else { return }
      Scalar.polytopeKernels.knapsackPullback(batch, KnapsackSet(weights: weights), derivative, numbers)
    }
  }
}
