/// The polar decomposition `A = U H` into a partial isometry and a symmetric positive semidefinite factor.
///
/// With the thin SVD `A = W Σ Vᵀ`, `U = W Vᵀ` and `H = V Σ Vᵀ = (AᵀA)^½`. Of all matrices with orthonormal
/// columns (rows, when there are more columns than rows) `U` is the nearest to `A`, in every norm that
/// orthogonal changes of basis leave alone. `U` is unique if `A` has full rank, `H` always.
public struct PolarDecomposition<Scalar: RealScalar>: Sendable {
  /// `U`, `rows × columns`: its columns are orthonormal, or its rows if there are fewer of those.
  public let isometry: Matrix<Scalar>
  /// `H`, `columns × columns`, symmetric to the last bit.
  public let positive: Matrix<Scalar>

  /// Decomposes `a`, any matrix.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Complexity: O(rows · columns · min(rows, columns)).
  public init<A: StridedMatrix<Scalar>>(_ a: A) throws(LinearAlgebraError) {
    self.init(try SVD(a))
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private init(_ svd: SVD<Scalar>) {
    isometry = svd.u * svd.vt
    // (Σ^½ Vᵀ)ᵀ (Σ^½ Vᵀ)
    positive = svd.vt.scalingRows(by: svd.singularValues.map { $0.squareRoot() }).gram()
  }

  /// The product `U H`.
  public func reconstruct() -> Matrix<Scalar> {
    isometry * positive
  }
}
