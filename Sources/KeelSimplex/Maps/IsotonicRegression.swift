/// Isotonic regression: p = argmin ½ Σ w (p - x)² over increasing p, or decreasing ones.
///
/// The output is constant on blocks of neighbours, and each has the weighted mean of its scores: pooling
/// adjacent violators. The Jacobian has wⱼ / Σw in row i and column j of the same block; with weights it is not
/// symmetric.
///
/// The set is a cone rather than a polytope; the threshold is 0. Ω(p) = ½ Σ w p².
///
/// Edge cases, besides those of every map:
/// - Entries of -∞ take no part: the others are in order across them. They become -0, by which derivatives
///   tell them from a fit of 0.
/// - A block with an entry of +∞ is +∞.
/// - Neighbouring blocks whose values round to the same number are one block to the derivatives.
///
/// Complexity: O(n).
///
/// Source: Ayer, Brunk, Ewing, Reid and Silverman (1955), An empirical distribution function for sampling with
/// incomplete information.
public struct IsotonicRegression<Scalar: SimplexScalar>: SimplexMap {
  /// In which direction the output is in order.
  public enum Order: Sendable {
    /// p₁ ≤ p₂ ≤ …
    case increasing
    /// p₁ ≥ p₂ ≥ …
    case decreasing
  }

  /// In which direction the output is in order.
  public let order: Order
  /// The weight w of each column; nil if all are 1.
  public let weights: [Scalar]?

  /// Isotonic regression.
  ///
  /// - Parameter order: in which direction the output is in order.
  public init(_ order: Order = .increasing) {
    self.order = order
    weights = nil
  }

  /// Weighted isotonic regression.
  ///
  /// - Parameters:
  ///   - order: in which direction the output is in order.
  ///   - weights: w, finite and positive. Rows must have as many entries.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(_ order: Order = .increasing, weights: [Scalar]) throws(SimplexError) {
    try weights.requirePositive("weights")
    self.order = order
    self.weights = weights
  }

  /// `isotonic`.
  public var name: String { "isotonic" }

  /// False: the output moves with the scores.
  public var isShiftInvariant: Bool { false }

  /// Throws if there are weights, and not as many as columns.
  public func validate(rows: Int, columns: Int) throws(SimplexError) {
    try weights?.requireCount(columns, "weights")
  }

  /// Maps the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    withWeights { weights in
      batch.forEachFit(scratch: 3) { row, x, maximum, fit, scratch in
        Scalar.polytopeKernels.isotonic(x.count, x.start, weights, order == .decreasing, fit, scratch)
        return (fit, 0, 0)
      }
    }
  }

  /// The weight of each entry, times the sum of g over its block, over the sum of weights.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    withWeights { Scalar.polytopeKernels.runsPullback(batch, .weighted, true, $0) }
  }

  /// The weighted mean of the tangent over the block of each entry.
  public func pushforward(_ batch: PullbackBatch<Scalar>) {
    withWeights { Scalar.polytopeKernels.runsPullback(batch, .adjoint, true, $0) }
  }

  /// ½ Σ w p².
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    p.indices.reduce(0) { $0 + weight($1) * Double(p[$1]) * Double(p[$1]) } / 2
  }

  /// By how much neighbours are out of order, at worst.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    var (worst, last) = (0.0, Scalar?.none)
    for value in p where !(value == 0 && value.sign == .minus) {
      if let last, last != value {
        worst = max(worst, Double(order == .increasing ? last - value : value - last))
      }
      last = value
    }
    return worst
  }

  /// By how much the scores of a block would have to change for p to be its fit: each block must be the mean of
  /// its scores, and no part at its beginning may pull away from the rest.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    var (worst, pull, size) = (violation(p, row: row), 0.0, 0.0)
    var last: Scalar?
    for i in p.indices where scores[i] > -.infinity {
      if let last, last != p[i] {
        worst = max(worst, abs(pull) / size)
        (pull, size) = (0, 0)
      }
      let difference = Double(scores[i]) - Double(p[i])
      pull += weight(i) * (order == .increasing ? difference : -difference)
      size += weight(i)
      worst = max(worst, -pull / size)
      last = p[i]
    }
    return size > 0 ? max(worst, abs(pull) / size) : worst
  }

  private func weight(_ column: Int) -> Double { weights.map { Double($0[column]) } ?? 1 }

  private func withWeights(_ body: (UnsafePointer<Scalar>?) -> Void) {
    if let weights {
      weights.withUnsafeBufferPointer { body($0.baseAddress) }
    } else {
      body(nil)
    }
  }
}

/// The isotonic regression of a sequence: the closest one in order. See ``IsotonicRegression``.
///
/// - Parameters:
///   - values: the sequence.
///   - order: in which direction the result is in order.
public func isotonicRegression<Scalar: SimplexScalar>(
  _ values: [Scalar], _ order: IsotonicRegression<Scalar>.Order = .increasing
) -> [Scalar] {
  guard !values.isEmpty else { return [] }
  return [Scalar](unsafeUninitializedCapacity: values.count) { buffer, count in
    count = values.count
    values.withUnsafeBufferPointer {
      guard let input = $0.baseAddress, let output = buffer.baseAddress else { return }
      IsotonicRegression(order).project(
        RowBatch(
          rows: 1, columns: count, input: input, inputStride: count, output: output, outputStride: count))
    }
  }
}

/// The weighted isotonic regression of a sequence: the closest one in order. See ``IsotonicRegression``.
///
/// - Parameters:
///   - values: the sequence.
///   - weights: finite and positive, as many as values.
///   - order: in which direction the result is in order.
/// - Throws: ``SimplexError`` for other weights.
public func isotonicRegression<Scalar: SimplexScalar>(
  _ values: [Scalar], weights: [Scalar], _ order: IsotonicRegression<Scalar>.Order = .increasing
) throws(SimplexError) -> [Scalar] {
  try IsotonicRegression(order, weights: weights)(values)
}
