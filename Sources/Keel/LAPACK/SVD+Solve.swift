extension SVD {
  /// The relative tolerance below which a singular value counts as zero unless told otherwise:
  /// `max(rows, columns) · ulp`, the size of the decomposition's own rounding error.
  public var defaultTolerance: Scalar {
    Scalar(max(rows, columns)) * Scalar.ulpOfOne
  }

  /// The number of singular values above `tolerance · σ₁`.
  ///
  /// - Parameter tolerance: relative to the largest singular value; ``defaultTolerance`` if nil.
  public func rank(tolerance: Scalar? = nil) -> Int {
    let threshold = (tolerance ?? defaultTolerance) * (singularValues.first ?? 0)
    return singularValues.prefix { $0 > threshold }.count
  }

  /// The condition number in the 2-norm, `σ₁ / σₖ`: infinite for a singular matrix, 1 for an empty one.
  public var conditionNumber: Scalar {
    guard let first = singularValues.first, let last = singularValues.last else { return 1 }
    return last > 0 ? first / last : .infinity
  }

  /// The product `U Σ Vᵀ`.
  ///
  /// - Precondition: the vectors were computed.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func reconstruct() -> Matrix<Scalar> {
    let k = requireVectors(singularValues.count)
    return u[columns: 0..<k] * Matrix(vt[rows: 0..<k]).scalingRows(by: singularValues)
  }

  /// The Moore-Penrose inverse `V Σ⁺ Uᵀ`, `columns × rows`; singular values up to `tolerance · σ₁` count
  /// as zero.
  ///
  /// - Precondition: the vectors were computed.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func pseudoInverse(tolerance: Scalar? = nil) -> Matrix<Scalar> {
    let r = rank(tolerance: tolerance)
    // (U Σ⁻¹ Vᵀ)ᵀ, of which BLAS reads both factors transposed.
    let scaled = Matrix(vt[rows: 0..<requireVectors(r)])
      .scalingRows(by: singularValues.prefix(r).map { 1 / $0 })
    return scaled.transposed * u[columns: 0..<r].transposed
  }

  /// The solution of least norm of `min ‖A x - b‖₂`: `x = V Σ⁺ Uᵀ b`.
  ///
  /// - Parameters:
  ///   - b: `rows` numbers.
  ///   - tolerance: singular values up to `tolerance · σ₁` count as zero; ``defaultTolerance`` if nil.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  /// - Precondition: the vectors were computed.
  public func solve(_ b: [Scalar], tolerance: Scalar? = nil) throws(LinearAlgebraError) -> [Scalar] {
    try solve(Matrix(column: b), tolerance: tolerance).storage
  }

  /// The solutions of least norm for the columns of `b`.
  ///
  /// - Parameters:
  ///   - b: `rows × p`.
  ///   - tolerance: singular values up to `tolerance · σ₁` count as zero; ``defaultTolerance`` if nil.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  /// - Precondition: the vectors were computed.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func solve(_ b: Matrix<Scalar>, tolerance: Scalar? = nil) throws(LinearAlgebraError) -> Matrix<
    Scalar
  > {
    precondition(b.rows == rows, "SVD.solve: the right-hand side must have as many rows as the matrix")
    try requireFinite(b.storage, argument: "the right-hand side")
    let r = requireVectors(rank(tolerance: tolerance))
    let coordinates = (u[columns: 0..<r].transposed * b)
      .scalingRows(by: singularValues.prefix(r).map { 1 / $0 })
    return vt[rows: 0..<r].transposed * coordinates
  }

  private func requireVectors(_ count: Int) -> Int {
    precondition(vectors != .none || singularValues.isEmpty, "SVD: this needs the singular vectors")
    return count
  }
}
