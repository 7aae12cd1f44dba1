public import Keel

/// A scalar for which the kernels of maps onto simplex-like polytopes exist: Float and Double.
public protocol SimplexScalar: RealScalar, RowArithmetic {
  /// Projects rows onto the simplex of a radius z: p = max(x - τ, 0) with sum z.
  static func sparsemax(_ batch: RowBatch<Self>, radius: Self)

  /// Derivatives of ``sparsemax(_:radius:)``: g minus its mean over the support, on the support.
  static func sparsemaxPullback(_ batch: PullbackBatch<Self>)

  /// p = [1 + (α-1)(x - λ)]₊^(1/(α-1)) with sum 1; exp(x - λ) for α = 1.
  static func entmax(_ batch: RowBatch<Self>, alpha: Self)

  /// Derivatives of ``entmax(_:alpha:)``: r (g - <r, g>/Σr) with r = p^(2-α) on the support.
  static func entmaxPullback(_ batch: PullbackBatch<Self>, alpha: Self)

  /// The kernels of the polytopes beyond the simplex.
  static var polytopeKernels: PolytopeKernels<Self> { get }
}
