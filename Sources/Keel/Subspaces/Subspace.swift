/// A linear subspace of `ℝᵈ`, represented by an orthonormal basis.
///
/// ```swift
/// let s = try Subspace(spanningRows: x)                // the row space of X, rank decided by tolerance
/// let r = try Subspace(orthonormalRows: b0)            // the features of an extractor
/// let angles = try r.principalAngles(to: s)
/// ```
///
/// The basis vectors are the *rows* of ``basis``, as the features of an extractor `B` (`k × d`) are: each
/// is contiguous in memory, and `basis * x` are the coordinates of `x`. The zero subspace has a basis of
/// `0 × d`.
public struct Subspace<Scalar: RealScalar>: Sendable {
  /// An orthonormal basis as rows, `dimension × ambientDimension`.
  public let basis: Matrix<Scalar>

  /// The number of basis vectors.
  public var dimension: Int { basis.rows }

  /// The dimension `d` of the space around.
  public var ambientDimension: Int { basis.columns }

  /// Takes a basis that is orthonormal by construction.
  init(trusting basis: Matrix<Scalar>) {
    self.basis = basis
  }

  /// The subspace whose basis is given as orthonormal rows.
  ///
  /// - Parameters:
  ///   - basis: `k × d` with `k ≤ d`.
  ///   - tolerance: the largest entry of `|BBᵀ - I|` that is accepted; `10 · d · ulp` if nil, which lets
  ///     the result of any stable orthogonalization pass.
  /// - Complexity: O(d · k²).
  /// - Throws: ``LinearAlgebraError/notOrthonormal(argument:deviation:)``,
  ///   ``LinearAlgebraError/nonFinite(argument:)``.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(orthonormalRows basis: Matrix<Scalar>, tolerance: Scalar? = nil) throws(LinearAlgebraError) {
    try requireFinite(basis.storage, argument: "the basis")
    let deviation = (basis.transposedGram() - Matrix(identity: basis.rows)).storage
      .reduce(0) { max($0, abs($1)) }
    guard deviation <= tolerance ?? 10 * Scalar(max(basis.columns, 1)) * Scalar.ulpOfOne else {
      throw .notOrthonormal(argument: "the basis", deviation: Double(deviation))
    }
    self.init(trusting: basis)
  }

  /// The row space of a matrix, `n × d`: the span of the right singular vectors whose singular values
  /// exceed `tolerance · σ₁`.
  ///
  /// - Parameters:
  ///   - a: the spanning vectors as rows, dependent or not.
  ///   - tolerance: relative; `max(n, d) · ulp` if nil.
  /// - Complexity: O(n · d · min(n, d)).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  public init<A: StridedMatrix<Scalar>>(
    spanningRows a: A, tolerance: Scalar? = nil
  ) throws(LinearAlgebraError) {
    let svd = try SVD(a)
    self.init(trusting: Matrix(svd.vt[rows: 0..<svd.rank(tolerance: tolerance)]))
  }

  /// The column space of a matrix, `d × n`, with rank decided as for rows.
  ///
  /// - Parameters:
  ///   - a: the spanning vectors as columns, dependent or not.
  ///   - tolerance: relative; `max(n, d) · ulp` if nil.
  /// - Throws: as ``init(spanningRows:tolerance:)``.
  public init<A: StridedMatrix<Scalar>>(
    spanningColumns a: A, tolerance: Scalar? = nil
  ) throws(LinearAlgebraError) {
    let svd = try SVD(a)
    self.init(trusting: Matrix(svd.u[columns: 0..<svd.rank(tolerance: tolerance)].transposed))
  }

  /// The subspace `{0}` of `ℝᵈ`.
  public static func zero(in ambientDimension: Int) -> Subspace {
    Subspace(trusting: Matrix(zeros: 0, ambientDimension))
  }

  /// The whole of `ℝᵈ`.
  public static func whole(_ ambientDimension: Int) -> Subspace {
    Subspace(trusting: Matrix(identity: ambientDimension))
  }
}

// MARK: - Projections

extension Subspace {
  /// The coordinates `E x` of the projection of a vector in the basis.
  public func coordinates(of x: [Scalar]) -> [Scalar] {
    basis * x
  }

  /// The orthogonal projection `EᵀE x` onto the subspace.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func projection(of x: [Scalar]) -> [Scalar] {
    basis.transposed * (basis * x)
  }

  /// The orthogonal projection `x - EᵀE x` onto the complement.
  ///
  /// For a vector in the subspace the result is rounding error of size `ulp · ‖x‖`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func complementProjection(of x: [Scalar]) -> [Scalar] {
    var result = x
    BLAS.gemv(-1, basis.transposed, basis * x, beta: 1, into: &result)
    return result
  }

  /// The orthogonal projections of the rows of a matrix, `n × d`, onto the subspace.
  public func projection<A: StridedMatrix<Scalar>>(ofRows a: A) -> Matrix<Scalar> {
    (a * basis.transposed) * basis
  }

  /// The orthogonal projections of the rows of a matrix, `n × d`, onto the complement.
  public func complementProjection<A: StridedMatrix<Scalar>>(ofRows a: A) -> Matrix<Scalar> {
    var result = Matrix(a)
    BLAS.gemm(-1, a * basis.transposed, basis, beta: 1, into: &result)
    return result
  }

  /// The symmetric matrix `EᵀE`, `d × d`, that projects onto the subspace.
  ///
  /// - Complexity: O(d² · k); projecting through the basis costs O(d · k) a vector.
  public var projector: Matrix<Scalar> { basis.gram() }

  /// How far the worst unit vector of another subspace is from this one: `max ‖x - EᵀE x‖` over its unit
  /// vectors, in `0...1`; 0 for the zero subspace. The other subspace is contained in this one if and
  /// only if that is 0, numerically at most about `d · ulp`.
  ///
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Precondition: both lie in the same space.
  public func containmentResidual(of other: Subspace) throws(LinearAlgebraError) -> Scalar {
    requireSameSpace(other)
    let residual = try SVD(complementProjection(ofRows: other.basis), vectors: .none).singularValues
    return min(residual.first ?? 0, 1)
  }

  func requireSameSpace(_ other: Subspace) {
    precondition(
      ambientDimension == other.ambientDimension, "Both subspaces must lie in the same space")
  }
}

// MARK: - Lattice

extension Subspace {
  /// The orthogonal complement, of dimension `d - k`.
  ///
  /// - Complexity: O(d² · k).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``, never for a basis that was checked.
  public func orthogonalComplement() throws(LinearAlgebraError) -> Subspace {
    let q = try QR(basis.transposed).fullQ()
    return Subspace(trusting: Matrix(q[columns: dimension..<ambientDimension].transposed))
  }

  /// The span of both subspaces.
  ///
  /// - Parameters:
  ///   - other: a subspace of the same space.
  ///   - tolerance: relative to the largest singular value of the stacked bases (between 1 and √2);
  ///     directions closer than that count as one. `d · ulp` if nil.
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func sum(_ other: Subspace, tolerance: Scalar? = nil) throws(LinearAlgebraError) -> Subspace {
    requireSameSpace(other)
    return try Subspace(spanningRows: Matrix(stacking: [basis, other.basis]), tolerance: tolerance)
  }

  /// The intersection of both subspaces: the directions of this one whose angle with the other has a
  /// sine of at most `tolerance`.
  ///
  /// - Parameters:
  ///   - other: a subspace of the same space.
  ///   - tolerance: the largest sine that counts as zero; `10 · d · ulp` if nil.
  /// - Throws: ``LinearAlgebraError/notConverged(routine:info:)``.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func intersection(
    _ other: Subspace, tolerance: Scalar? = nil
  ) throws(LinearAlgebraError) -> Subspace {
    requireSameSpace(other)
    let limit = tolerance ?? 10 * Scalar(max(ambientDimension, 1)) * Scalar.ulpOfOne
    let svd = try SVD(other.complementProjection(ofRows: basis))
    let outside = svd.singularValues.prefix { $0 > limit }.count
    return Subspace(trusting: svd.u[columns: outside..<dimension].transposed * basis)
  }
}

extension Matrix {
  /// The Gram matrix `AAᵀ` of the rows.
  func transposedGram() -> Matrix {
    transposed.gram()
  }
}
