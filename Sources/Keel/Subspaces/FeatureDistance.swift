extension Subspace {
  /// The rotation-invariant distance of two feature extractors,
  /// `d(B, B′) = min ‖B - U B′‖₂` over orthogonal `U`, with `B` and `B′` the two bases.
  ///
  /// Extractors that differ by an orthogonal change of their features are the same predictor class, so
  /// that only the subspaces matter: `d = √(2 - 2 cos θ) = 2 sin(θ / 2)` with the largest principal angle
  /// `θ`. The sine keeps distances down to `ulp` accurate, where the root of the difference would keep half
  /// of the digits.
  ///
  /// - Parameter other: a subspace of the same space and dimension.
  /// - Returns: a number in `0...√2`; 0 for two zero subspaces.
  /// - Complexity: O(d · k²).
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Precondition: both have the same dimension and lie in the same space.
  public func featureDistance(to other: Subspace) throws(LinearAlgebraError) -> Scalar {
    requireSameDimension(other)
    let largest = try principalAngles(to: other).last ?? 0
    return 2 * .sin(largest / 2)
  }

  /// The orthogonal `U`, `k × k`, for which `‖B - U B′‖₂` is the ``featureDistance(to:)``: with
  /// `B B′ᵀ = W C Vᵀ` it is `W Vᵀ`, the solution of Procrustes' problem, which is best in the spectral
  /// norm as well as in the Frobenius norm.
  ///
  /// `U` may be a reflection. It is unique unless a direction of one subspace is orthogonal to the other.
  ///
  /// - Parameter other: a subspace of the same space and dimension; its basis is the one that `U` turns.
  /// - Complexity: O(d · k²).
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Precondition: both have the same dimension and lie in the same space.
  public func featureAlignment(of other: Subspace) throws(LinearAlgebraError) -> Matrix<Scalar> {
    requireSameDimension(other)
    let svd = try SVD(basis * other.basis.transposed)
    return svd.u * svd.vt
  }

  private func requireSameDimension(_ other: Subspace) {
    requireSameSpace(other)
    precondition(
      dimension == other.dimension, "Feature extractors are compared with equally many features")
  }
}
