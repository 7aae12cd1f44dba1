extension QR {
  /// The diagonal of `R`.
  var diagonal: [Scalar] {
    (0..<k).map { factors[$0 * rows + $0] }
  }

  /// The solution of `min ‖A x - b‖₂` for a matrix of full column rank; of `A x = b` for a square one.
  ///
  /// - Parameter b: `rows` numbers.
  /// - Returns: `columns` numbers.
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)`` if the diagonal of `R` has an exact zero;
  ///   a matrix that is singular only up to rounding needs ``PivotedQR`` or
  ///   `leastSquares(a, b)`. ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  /// - Precondition: there are at least as many rows as columns.
  public func solve(_ b: [Scalar]) throws(LinearAlgebraError) -> [Scalar] {
    try solve(Matrix(column: b)).storage
  }

  /// The solutions of least squares for the columns of `b`, `rows × p`; throws as for one of them.
  ///
  /// - Precondition: there are at least as many rows as columns.
  public func solve(_ b: Matrix<Scalar>) throws(LinearAlgebraError) -> Matrix<Scalar> {
    precondition(b.rows == rows, "QR.solve: the right-hand side must have as many rows as the matrix")
    precondition(rows >= columns, "QR.solve: the matrix must not have more columns than rows")
    try requireFinite(b.storage, argument: "the right-hand side")
    if let index = diagonal.firstIndex(of: 0) {
      throw .singular(routine: "QR.solve", index: index)
    }
    var work = b
    applyQTransposed(to: &work)
    return solveTriangle(order: columns, work)
  }

  /// Solves with the leading triangle of `R` for the first rows of `b`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func solveTriangle(order: Int, _ b: Matrix<Scalar>) -> Matrix<Scalar> {
    var x = Matrix(b[rows: 0..<order])
    guard order > 0, x.columns > 0 else { return x }
    // Column-major R is row-major Rᵀ, a lower triangle.
    Scalar._trsm(
      false, true, true, false, order, x.columns, 1, factors, max(rows, 1), &x.storage, x.leadingDimension)
    return x
  }

  /// The determinant of a square matrix.
  ///
  /// - Precondition: the matrix is square.
  public var determinant: Scalar {
    precondition(rows == columns, "A determinant needs a square matrix")
    return diagonal.reduce(orientation, *)
  }

  /// The sign (-1, 0, 1) and the natural logarithm of the magnitude of the determinant, which do not
  /// overflow; the logarithm is -∞ for a singular matrix.
  ///
  /// - Precondition: the matrix is square.
  public var logDeterminant: (sign: Scalar, log: Scalar) {
    precondition(rows == columns, "A determinant needs a square matrix")
    let (sign, log) = logProduct(diagonal)
    return (sign * orientation, log)
  }

  /// The determinant of `Q`: each reflector that is not the identity turns the orientation.
  var orientation: Scalar {
    tau.count { $0 != 0 }.isMultiple(of: 2) ? 1 : -1
  }
}
