import RealModule

/// α-normmax for α > 1: p = argmax over the simplex of <p, x> - ‖p‖_α.
///
/// p = t^(1/(α-1)) / Σ t^(1/(α-1)) with t = (x - τ)₊ and Σ t^(α/(α-1)) = 1. Between the scores of the support
/// it is flatter than entmax: as α grows, p goes to the uniform distribution over those near the maximum.
///
/// For α = 2, exactly this number, the threshold comes from the quadratic formula on the support. Else it is
/// found by Newton's method, in double precision for either scalar.
///
/// Source: Blondel, Martins and Niculae (2020), Learning with Fenchel-Young losses, section 4.
public struct Normmax<Scalar: SimplexScalar>: SimplexMap {
  /// α of each row.
  public let alpha: RowParameter<Scalar>

  /// α-normmax.
  ///
  /// - Parameter alpha: α, finite and above 1.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)``.
  public init(alpha: RowParameter<Scalar>) throws(SimplexError) {
    if let wrong = alpha.values.first(where: { !($0 > 1 && $0.isFinite) }) {
      throw .outOfRange(argument: "alpha", expected: "finite and above 1", found: "\(wrong)")
    }
    self.alpha = alpha
  }

  /// `normmax`.
  public var name: String { "normmax" }

  /// True.
  public var isShiftInvariant: Bool { true }

  /// Throws nothing.
  ///
  /// - Precondition: there is an α for each row.
  public func validate(rows: Int, columns: Int) {
    precondition(alpha.fits(rows: rows), "There must be an α for each row")
  }

  /// True: they are made of the entries of the support.
  public var hasLocalDerivatives: Bool { true }

  /// Maps the rows of a batch.
  ///
  /// - Complexity: one pass over a row to find what may be in the support, and some iterations on that.
  public func project(_ batch: RowBatch<Scalar>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.normmax(batch[rows], alpha: Double(alpha))
    }
  }

  /// h - p Σh with h = (g - <g, p>)/Q q^(2-α)/(α-1) on the support, Q = 1/‖p‖_α, q = Qp.
  ///
  /// For α > 2, q^(2-α) grows without bound as p goes to 0; above 1e30 it counts as 1e30.
  public func pullback(_ batch: PullbackBatch<Scalar>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.normmaxPullback(batch[rows], alpha: Double(alpha))
    }
  }

  /// ‖p‖_α.
  public func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    Normmax.norm(p, alpha: Double(alpha[row]))
  }

  /// The largest of -p and |Σp - 1|.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    simplexViolation(p, radius: 1)
  }

  /// The largest violation of: p in the simplex, p as the formula gives it for τ.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    guard threshold.maximum.isFinite else { return 0 }
    let alpha = Double(alpha[row])
    // p = ‖p‖_α t^(1/(α-1)), for the sum of the powers t^(α/(α-1)) is one.
    let norm = Normmax.norm(p, alpha: alpha)
    return zip(scores, p).reduce(violation(p, row: row)) { worst, pair in
      let t = Double(pair.0) - threshold.maximum - threshold.offset
      return max(worst, abs(Double(pair.1) - (t > 0 ? norm * Double.pow(t, 1 / (alpha - 1)) : 0)))
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func norm(_ p: UnsafeBufferPointer<Scalar>, alpha: Double) -> Double {
    // Relative to the largest entry, for powers do not underflow.
    let largest = p.reduce(0) { max($0, Double($1)) }
    guard largest > 0 else { return 0 }
    let sum = p.reduce(0) { $1 > 0 ? $0 + Double.pow(Double($1) / largest, alpha) : $0 }
    return largest * Double.pow(sum, 1 / alpha)
  }
}
