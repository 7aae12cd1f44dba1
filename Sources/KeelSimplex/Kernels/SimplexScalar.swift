public import Keel

/// A scalar for which the kernels of maps onto simplex-like polytopes exist: Float and Double.
public protocol SimplexScalar: RealScalar, RowArithmetic {
  /// Projects rows onto the simplex of a radius z: p = max(x - τ, 0) with sum z.
  static func sparsemax(_ batch: RowBatch<Self>, radius: Self)

  /// Projects rows and appends the entries that are not zero; see
  /// ``SimplexMap/projectSparse(_:indices:values:capacity:ends:)``. The output of the batch is not used.
  static func sparsemaxSparse(
    _ batch: RowBatch<Self>, radius: Self, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Self>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int

  /// Projects the rows of a batch one after the other, each on several threads if it is long.
  static func sparsemaxLongRows(_ batch: RowBatch<Self>, radius: Self, threads: Int)

  /// Derivatives of ``sparsemax(_:radius:)`` at sparse outputs, as dense rows.
  static func sparsemaxPullback(_ batch: SparsePullbackBatch<Self>)

  /// Derivatives of ``sparsemax(_:radius:)``: g minus its mean over the support, on the support.
  static func sparsemaxPullback(_ batch: PullbackBatch<Self>)

  /// p = [1 + (α-1)(x - λ)]₊^(1/(α-1)) with sum 1; exp(x - λ) for α = 1.
  static func entmax(_ batch: RowBatch<Self>, alpha: Double)

  /// The entries of ``entmax(_:alpha:)`` that are not zero, as
  /// ``SimplexMap/projectSparse(_:indices:values:capacity:ends:)`` gives them.
  static func entmaxSparse(
    _ batch: RowBatch<Self>, alpha: Double, indices: UnsafeMutablePointer<Int32>,
    values: UnsafeMutablePointer<Self>, capacity: Int, ends: UnsafeMutablePointer<Int>
  ) -> Int

  /// Derivatives of ``entmax(_:alpha:)``: r (g - <r, g>/Σr) with r = p^(2-α) on the support.
  static func entmaxPullback(_ batch: PullbackBatch<Self>, alpha: Double)

  /// dp/dα of ``entmax(_:alpha:)``, in place of the gradients. Cotangents are not read.
  static func entmaxAlphaDerivative(_ batch: PullbackBatch<Self>, alpha: Double)

  /// <g, dp/dα> of each row of ``entmax(_:alpha:)``. Gradients are not written.
  static func entmaxAlphaPullback(
    _ batch: PullbackBatch<Self>, alpha: Double, products: UnsafeMutablePointer<Double>)

  /// p = (x - τ)₊^(1/(α-1)), scaled to the sum 1.
  static func normmax(_ batch: RowBatch<Self>, alpha: Double)

  /// Derivatives of ``normmax(_:alpha:)``.
  static func normmaxPullback(_ batch: PullbackBatch<Self>, alpha: Double)

  /// The kernels of the polytopes beyond the simplex.
  static var polytopeKernels: PolytopeKernels<Self> { get }
}

extension Float: SimplexScalar {}
extension Double: SimplexScalar {}
