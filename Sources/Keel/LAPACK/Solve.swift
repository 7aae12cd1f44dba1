/// The solution of `A x = b` for a square matrix, by LU with pivoting.
///
/// - Throws: ``LinearAlgebraError/singular(routine:index:)`` if a pivot is exactly zero. A matrix that is
///   singular only up to rounding gives a useless solution without an error: look at
///   ``LU/conditionNumberEstimate``. ``LinearAlgebraError/nonFinite(argument:)``.
/// - Precondition: `a` is square with as many rows as `b` has elements.
/// - Complexity: 2n³/3 operations.
public func solve<A: StridedMatrix>(_ a: A, _ b: [A.Scalar]) throws(LinearAlgebraError) -> [A.Scalar] {
  try LU(a).solve(b)
}

/// The solutions of `A X = B` for a square matrix, by LU with pivoting; throws as for one column.
///
/// - Precondition: `a` is square with as many rows as `b`.
public func solve<A: StridedMatrix>(
  _ a: A, _ b: Matrix<A.Scalar>
) throws(LinearAlgebraError) -> Matrix<A.Scalar> {
  try LU(a).solve(b)
}

extension StridedMatrix {
  /// The inverse of a square matrix, by LU with pivoting. To solve a system, use `solve(a, b)`:
  /// that is cheaper and more accurate.
  ///
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)``,
  ///   ``LinearAlgebraError/nonFinite(argument:)``.
  /// - Precondition: the matrix is square.
  /// - Complexity: 2n³ operations.
  public func inverse() throws(LinearAlgebraError) -> Matrix<Scalar> {
    try LU(self).inverse()
  }

  /// The determinant of a square matrix, by LU with pivoting; it may overflow, which ``LU/logDeterminant``
  /// does not. 1 for an empty matrix.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``.
  /// - Precondition: the matrix is square.
  /// - Complexity: 2n³/3 operations.
  public func determinant() throws(LinearAlgebraError) -> Scalar {
    try LU(self).determinant
  }

  /// The Moore-Penrose inverse, by the SVD; singular values up to `tolerance · σ₁` count as zero.
  ///
  /// - Parameter tolerance: relative; `max(rows, columns) · ulp` if nil.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``,
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  /// - Complexity: O(rows · columns · min(rows, columns)).
  public func pseudoInverse(tolerance: Scalar? = nil) throws(LinearAlgebraError) -> Matrix<Scalar> {
    try SVD(self).pseudoInverse(tolerance: tolerance)
  }
}
