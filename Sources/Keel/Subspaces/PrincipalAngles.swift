extension Subspace {
  /// The principal angles between two subspaces, in increasing order.
  ///
  /// For orthonormal bases `E` and `F` (as rows) the cosines of the angles are the singular values of
  /// `EFᵀ`, the sines those of `E - (EFᵀ)F` with the smaller subspace as `E`. A cosine loses half of its
  /// digits near 0, a sine near π/2, so each angle is taken from the one that is accurate there.
  ///
  /// - Parameter other: a subspace of the same space.
  /// - Returns: `min(dimension, other.dimension)` angles in radians, each in `0...π/2`, with an absolute
  ///   error of a few `ulp` times a modest function of the sizes.
  /// - Complexity: O(d · k²) for the larger dimension `k`.
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Precondition: both lie in the same space.
  ///
  /// Edge cases:
  /// - If either subspace is `{0}` there are no angles.
  /// - Equal subspaces give zeros only up to rounding; compare with a tolerance.
  ///
  /// Source: Björck and Golub (1973), *Numerical methods for computing angles between linear
  /// subspaces*, algorithm 2.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func principalAngles(to other: Subspace) throws(LinearAlgebraError) -> [Scalar] {
    requireSameSpace(other)
    let (small, large) = dimension <= other.dimension ? (self, other) : (other, self)
    let (inside, outside) = try small.components(along: large)
    return angles(cosines: inside, sines: outside)
  }

  /// The principal angles between this subspace and the orthogonal complement of another one, in
  /// increasing order, without a basis of that complement.
  ///
  /// With `C = EFᵀ`, the cosines are the singular values of `E - CF` and the sines those of `C`: for
  /// instance `cos θ_max(E, F^⊥)² = 1 - σ_max(C)²` when `dimension ≤ d - other.dimension`.
  ///
  /// - Parameter other: a subspace of the same space.
  /// - Returns: `min(dimension, d - other.dimension)` angles in radians, each in `0...π/2`, accurate as
  ///   those of ``principalAngles(to:)``.
  /// - Complexity: O(d · k²) for the larger dimension `k`.
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Precondition: both lie in the same space.
  public func principalAngles(toComplementOf other: Subspace) throws(LinearAlgebraError) -> [Scalar] {
    requireSameSpace(other)
    let (inside, outside) = try components(along: other)
    // Every direction of E has a cosine and a sine; when E is larger than the complement, those that
    // have no partner there come last.
    let count = min(dimension, ambientDimension - other.dimension)
    return Array(angles(cosines: outside.reversed(), sines: inside.reversed()).prefix(count))
  }

  /// The lengths of the principal directions of this subspace along another one, decreasing, and across
  /// it, increasing; `dimension` numbers each, so that equal indices belong together.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func components(
    along other: Subspace
  ) throws(LinearAlgebraError) -> (inside: [Scalar], outside: [Scalar]) {
    let overlap = basis * other.basis.transposed
    var inside = try SVD(overlap, vectors: .none).singularValues
    // Directions beyond the other's dimension are orthogonal to it.
    inside += [Scalar](repeating: 0, count: dimension - inside.count)
    var remainder = basis
    BLAS.gemm(-1, overlap, other.basis, beta: 1, into: &remainder)
    let outside = try SVD(remainder, vectors: .none).singularValues
    return (inside, outside.reversed())
  }

  /// Angles from their cosines (decreasing) and sines (increasing).
  private func angles(cosines: [Scalar], sines: [Scalar]) -> [Scalar] {
    zip(cosines, sines)
      .map { cosine, sine in
        cosine * cosine < 0.5 ? Scalar.acos(min(max(cosine, 0), 1)) : Scalar.asin(min(sine, 1))
      }
      .sorted()
  }
}
