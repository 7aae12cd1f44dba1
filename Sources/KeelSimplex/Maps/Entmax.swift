import RealModule

/// α-entmax for every α > 0: p = [1 + (α-1)(x - λ)]₊^(1/(α-1)) with Σp = 1; softmax for α = 1, sparsemax for
/// α = 2.
///
/// Ω(p) = (Σp^α - 1)/(α(α-1)), the negative Tsallis entropy; Σ p ln p for α = 1.
///
/// Source: Peters, Niculae and Martins (2019), Sparse sequence-to-sequence models.
public struct Entmax<Scalar: SimplexScalar>: SimplexMap {
  /// α of each row.
  public let alpha: RowParameter<Scalar>

  /// α-entmax.
  ///
  /// - Parameter alpha: α, finite and positive.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(alpha: RowParameter<Scalar>) throws(SimplexError) {
    if let wrong = alpha.values.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw .outOfRange(argument: "alpha", expected: "finite and positive", found: "\(wrong)")
    }
    self.alpha = alpha
  }

  /// `entmax`.
  public var name: String { "entmax" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// Maps the rows of a batch.
  public func project(_ batch: RowBatch<Scalar>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.entmax(batch[rows], alpha: alpha)
    }
  }

  /// r (g - <r, g>/Σr) with r = p^(2-α) on the support.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.entmaxPullback(batch[rows], alpha: alpha)
    }
  }

  /// The negative Tsallis entropy.
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    TsallisRegularizer.value(p, alpha: Double(alpha[row]))
  }

  /// The largest of -p and |Σp - 1|.
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    max(abs(p.reduce(0) { $0 + Double($1) } - 1), p.reduce(0) { max($0, -Double($1)) })
  }

  /// The largest violation of: p in the simplex, p as the formula gives it for λ.
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    let a = Double(alpha[row]) - 1
    return zip(scores, p).reduce(violation(p, row: row)) { worst, pair in
      let u = Double(pair.0) - threshold.maximum - threshold.offset
      let expected = a == 0 ? Double.exp(u) : a * u <= -1 ? 0 : Double.exp(Double.log(onePlus: a * u) / a)
      return max(worst, abs(Double(pair.1) - expected))
    }
  }
}
