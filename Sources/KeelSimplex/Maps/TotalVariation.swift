/// The proximal map of total variation, also called fused lasso or total variation denoising:
/// p = argmin ½‖p - x‖² + λ Σ |pᵢ - pᵢ₊₁|.
///
/// The output is constant on groups of neighbours. A group G has the value
/// mean(x over G) + λ (s₊ - s₋) / |G|, with s₊ the sign of the step behind it and s₋ of the one before, 0 at an
/// end of the sequence.
///
/// Not a map onto a polytope: nothing bounds p. Its threshold is 0. Ω(p) = ½‖p‖² + λ Σ |pᵢ - pᵢ₊₁|.
///
/// Edge cases, besides those of every map:
/// - Entries of -∞ cut the sequence, as the end of a ragged row does. They become -0, by which derivatives tell
///   them from a fit of 0.
/// - Entries of +∞ cut it also, and stay.
/// - Neighbouring groups whose values round to the same number are one group to the derivatives.
///
/// Complexity: O(n) time and memory, in the worst case.
///
/// Source: Tibshirani et al. (2005), Sparsity and smoothness via the fused lasso; Johnson (2013), A dynamic
/// programming algorithm for the fused lasso and L0-segmentation.
public struct TotalVariation<Scalar: SimplexScalar>: SimplexMap {
  /// λ of each row.
  public let strength: RowParameter<Scalar>

  /// The proximal map of total variation.
  ///
  /// - Parameter strength: λ, finite and not negative.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(strength: RowParameter<Scalar>) throws(SimplexError) {
    try strength.requireNonnegative("strength")
    self.strength = strength
  }

  /// `total-variation`.
  public var name: String { "total-variation" }

  /// False: the output moves with the scores.
  public var isShiftInvariant: Bool { false }

  /// Throws nothing.
  ///
  /// - Precondition: there is a strength for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(strength.fits(rows: rows), "There must be a strength for each row")
  }

  /// Maps the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    batch.forEachFit(scratch: 9) { row, x, maximum, fit, scratch in
      // Less a shift of this size, the smallest entries might not be finite.
      let shift = abs(maximum) < 0x1p900 ? maximum : 0
      Scalar.polytopeKernels.totalVariation(
        x.count, x.start, shift, Double(strength[row]), fit, scratch)
      return (fit, shift, 0)
    }
  }

  /// The mean of g over the group of each entry.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    Scalar.polytopeKernels.runsPullback(batch, .mean, false, nil)
  }

  /// ½‖p‖² + λ Σ |pᵢ - pᵢ₊₁|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    Scalar.sumOfSquares(p) / 2 + Double(strength[row]) * Self.variation(p)
  }

  /// 0: nothing bounds p.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { 0 }

  /// By how much the scores of a group would have to change for p to be its fit.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    threshold.maximum.isNaN
      ? 0
      : Self.residual(
        scores, p, maximum: 0, offset: 0, strength: Double(strength[row]), isOnSimplex: false)
  }

  /// Σ |pᵢ - pᵢ₊₁|. Entries of -0, which masked ones become, cut the sequence.
  static func variation(_ p: UnsafeBufferPointer<Scalar>) -> Double {
    totalVariation(p)
  }

  /// By how much the scores of a group would have to change for p to be the least of
  /// ½‖p - x‖² + λ Σ |pᵢ - pᵢ₊₁|, over all p or over the simplex.
  ///
  /// At the least there are s and μ with sᵢ = sᵢ₋₁ + pᵢ + τ - xᵢ - μᵢ, where sᵢ is λ times the sign of
  /// pᵢ₊₁ - pᵢ, or between -λ and λ if they are equal, s is 0 at both ends of the sequence, and μᵢ ≥ 0 is 0
  /// where pᵢ > 0. The interval of possible sᵢ is followed from end to end.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, maximum: Double,
    offset: Double, strength: Double, isOnSimplex: Bool
  ) -> Double {
    var (low, high, entries, worst) = (0.0, 0.0, 0.0, 0.0)
    for i in p.indices where scores[i].isFinite {
      let force = Double(p[i]) - ((Double(scores[i]) - maximum) - offset)
      low = isOnSimplex && p[i] == 0 ? -.infinity : low + force
      high += force
      entries += 1
      var allowed = -strength...strength
      let isEnd = i + 1 == p.count || !scores[i + 1].isFinite
      if isEnd {
        allowed = 0...0
      } else if p[i + 1] != p[i] {
        let sign = p[i + 1] > p[i] ? strength : -strength
        allowed = sign...sign
      }
      let gap = max(low - allowed.upperBound, allowed.lowerBound - high, 0)
      worst = max(worst, gap / entries)
      low = min(max(low, allowed.lowerBound), allowed.upperBound)
      high = min(max(high, allowed.lowerBound), allowed.upperBound)
      if isEnd { (low, high) = (0, 0) }
      if isEnd || p[i + 1] != p[i] { entries = 0 }
    }
    return worst
  }
}

/// The total variation fit of a sequence: argmin ½‖p - x‖² + λ Σ |pᵢ - pᵢ₊₁|. See ``TotalVariation``.
///
/// - Parameters:
///   - values: x.
///   - strength: λ, finite and not negative.
/// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
public func totalVariation<Scalar: SimplexScalar>(
  _ values: [Scalar], strength: Scalar
) throws(SimplexError) -> [Scalar] {
  try TotalVariation(strength: .all(strength))(values)
}

/// The sum of the steps between neighbours, but for those from and to -0.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func totalVariation<Scalar: SimplexScalar>(_ p: UnsafeBufferPointer<Scalar>) -> Double {
  var (sum, last) = (0.0, -0.0)
  for entry in p {
    let value = Double(entry)
    func isCut(_ value: Double) -> Bool { value == 0 && value.sign == .minus }
    if !isCut(value), !isCut(last) { sum += abs(value - last) }
    last = value
  }
  return sum
}
