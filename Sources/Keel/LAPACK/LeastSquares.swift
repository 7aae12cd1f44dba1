/// The result of a least-squares problem `min ‖A X - B‖₂`, column by column.
public struct LeastSquares<Scalar: RealScalar>: Sendable {
  /// The solutions of least norm, `columns of A × columns of B`.
  public let solution: Matrix<Scalar>
  /// The number of singular values of `A` above the tolerance.
  public let rank: Int
  /// The singular values of `A` in decreasing order.
  public let singularValues: [Scalar]
  /// `‖A x - b‖₂` for each column.
  public let residualNorms: [Scalar]

  /// The condition number of `A` in the 2-norm: infinite if `A` is singular, 1 if it is empty.
  public var conditionNumber: Scalar {
    guard let first = singularValues.first, let last = singularValues.last else { return 1 }
    return last > 0 ? first / last : .infinity
  }
}

/// Solves `min ‖A X - B‖₂` for every column of `B`; of all solutions the one of least norm.
///
/// - Parameters:
///   - a: any `m × n` matrix, of any rank.
///   - b: `m × p`.
///   - tolerance: singular values up to `tolerance · σ₁` count as zero; `max(m, n) · ulp` if nil.
/// - Complexity: O(m · n · min(m, n)), less than a full SVD because no singular vectors are formed.
/// - Throws: ``LinearAlgebraError/nonFinite(argument:)``;
///   ``LinearAlgebraError/notConverged(routine:info:)``.
/// - Precondition: `a` and `b` have equally many rows.
///
/// Edge cases:
/// - Without rows or columns in `a` the solution is zero and the rank 0.
/// - The residuals are computed from the solution, so that they are right for every rank.
///
/// Method: divide-and-conquer SVD (`gelsd`).
public func leastSquares<A: StridedMatrix>(
  _ a: A, _ b: Matrix<A.Scalar>, tolerance: A.Scalar? = nil
) throws(LinearAlgebraError) -> LeastSquares<A.Scalar> {
  typealias Scalar = A.Scalar
  let (m, n, p) = (a.rows, a.columns, b.columns)
  precondition(b.rows == m, "leastSquares: the right-hand side must have as many rows as the matrix")
  var operand: [Scalar] = zeros(m * n)
  try a.copyOperand(to: &operand, order: .columns, argument: "the matrix")
  try requireFinite(b.storage, argument: "the right-hand side")
  let (solution, rank, singularValues) = try leastSquares(
    columnMajor: &operand, rows: m, columns: n, b, tolerance: tolerance)
  var residual = b
  BLAS.gemm(1, a, solution, beta: -1, into: &residual)
  let norms = (0..<p).map { j in
    residual.withUnsafeElements { Scalar._nrm2(m, $0.map { $0 + j }, p) }
  }
  return LeastSquares(solution: solution, rank: rank, singularValues: singularValues, residualNorms: norms)
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func leastSquares<Scalar: RealScalar>(
  columnMajor operand: inout [Scalar], rows m: Int, columns n: Int, _ b: Matrix<Scalar>, tolerance: Scalar?
) throws(LinearAlgebraError) -> (solution: Matrix<Scalar>, rank: Int, singularValues: [Scalar]) {
  let p = b.columns
  var singularValues = [Scalar](repeating: 0, count: min(m, n))
  var solution = Matrix<Scalar>(zeros: n, p)
  guard !singularValues.isEmpty else { return (solution, 0, singularValues) }

  // B comes in and X goes out through the same columns, which are as long as the longer of the two.
  let length = max(m, n)
  let right = max(p, 1)
  var columns = [Scalar](repeating: 0, count: length * right)
  for i in 0..<m {
    for j in 0..<p { columns[j * length + i] = b.storage[i * p + j] }
  }
  let cutoff = tolerance ?? Scalar(length) * Scalar.ulpOfOne
  var rank: Int32 = 0
  var (answer, integerAnswer): (Scalar, Int32) = (0, 0)
  let query = Scalar._gelsd(
    m, n, right, nil, m, nil, length, nil, cutoff, &rank, &answer, -1, &integerAnswer)
  LAPACKRoutine.gelsd.expectSuccess(query, Scalar.self)
  var work = [Scalar](repeating: 0, count: workspaceSize(answer))
  var integers = [Int32](repeating: 0, count: max(1, Int(integerAnswer)))
  let info = Scalar._gelsd(
    m, n, right, &operand, m, &columns, length, &singularValues, cutoff, &rank, &work, work.count,
    &integers)
  try LAPACKRoutine.gelsd.check(info, Scalar.self)
  for i in 0..<n {
    for j in 0..<p { solution.storage[i * p + j] = columns[j * length + i] }
  }
  return (solution, Int(rank), singularValues)
}

/// Solves `min ‖A x - b‖₂` for one right-hand side; ``LeastSquares/solution`` has one column.
///
/// - Throws: as for several right-hand sides.
/// - Precondition: `a` has as many rows as `b` has elements.
public func leastSquares<A: StridedMatrix>(
  _ a: A, _ b: [A.Scalar], tolerance: A.Scalar? = nil
) throws(LinearAlgebraError) -> LeastSquares<A.Scalar> {
  try leastSquares(a, Matrix(column: b), tolerance: tolerance)
}
