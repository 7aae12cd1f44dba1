/// Fusedmax: p = argmin ½‖p - x‖² + λ Σ |pᵢ - pᵢ₊₁| over the simplex, which is sparsemax of the
/// ``TotalVariation`` fit of x.
///
/// Neighbours tend to get the same probability. Ω(p) = ½‖p‖² + λ Σ |pᵢ - pᵢ₊₁|. Computed in double precision
/// and rounded once.
///
/// Edge cases, besides those of every map:
/// - Entries of -∞ cut the sequence, as the end of a ragged row does. They become -0, by which derivatives
///   tell them from entries below the threshold.
/// - Neighbouring groups whose values round to the same number are one group to the derivatives.
///
/// Complexity: O(n).
///
/// Source: Niculae and Blondel (2017), A regularized framework for sparse and structured neural attention.
public struct Fusedmax<Scalar: SimplexScalar>: SimplexMap {
  /// λ of each row.
  public let strength: RowParameter<Scalar>

  /// Fusedmax.
  ///
  /// - Parameter strength: λ, finite and not negative. Sparsemax for 0.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(strength: RowParameter<Scalar>) throws(SimplexError) {
    try strength.requireNonnegative("strength")
    self.strength = strength
  }

  /// `fusedmax`.
  public var name: String { "fusedmax" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// Throws nothing.
  ///
  /// - Precondition: there is a strength for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(strength.fits(rows: rows), "There must be a strength for each row")
  }

  /// Maps the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    batch.forEachFit(scratch: 9) { row, x, maximum, fit, scratch in
      Scalar.polytopeKernels.totalVariation(
        x.count, x.start, maximum.isFinite ? maximum : 0, Double(strength[row]), fit, scratch)
      var threshold = RowThreshold.ofEmptyRow
      withUnsafeMutablePointer(to: &threshold) {
        Double.sparsemax(
          RowBatch(
            rows: 1, columns: x.count, input: UnsafePointer(fit), inputStride: x.count, output: scratch,
            outputStride: x.count, thresholds: $0), radius: 1)
      }
      return (scratch, 0, maximum.isFinite ? threshold.value : 0)
    }
  }

  /// On each group of equal entries above 0, the mean of g over the group less that over the support.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    Scalar.polytopeKernels.runsPullback(batch, .simplex, false, nil)
  }

  /// ½‖p‖² + λ Σ |pᵢ - pᵢ₊₁|; masked entries, which are -0, cut the sequence.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    Scalar.sumOfSquares(p) / 2 + Double(strength[row]) * TotalVariation.variation(p)
  }

  /// The largest of -p and |Σp - 1|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    simplexViolation(p, radius: 1)
  }

  /// The largest of the violation, and of by how much the scores of a group would have to change for p to
  /// be optimal.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    let dual = TotalVariation.residual(
      scores, p, maximum: threshold.maximum, offset: threshold.offset, strength: Double(strength[row]),
      isOnSimplex: true)
    return max(violation(p, row: row), dual)
  }
}
