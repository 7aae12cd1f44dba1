/// The decomposition `A P = L U` of a square matrix, with column interchanges.
///
/// LAPACK factors the transpose of the row-major matrix with row interchanges; read back, that is a lower
/// triangular `L` and an upper triangular `U` with a unit diagonal (Crout's form), and the pivots are the
/// largest elements of their *rows*. Stability and cost are those of the usual form, and no transpose is
/// made.
///
/// A singular matrix has a decomposition too: the determinant is 0, and solving throws.
///
/// Method: `getrf`.
public struct LU<Scalar: RealScalar>: Sendable {
  /// `L` in the lower triangle with its diagonal, `U` above without its unit diagonal.
  public private(set) var factors: Matrix<Scalar>
  /// The interchanges: in step `i`, columns `i` and `pivots[i]` changed places.
  public private(set) var pivots: [Int]
  /// The index of the first pivot that is exactly zero, or nil.
  public private(set) var singularIndex: Int?
  private var integerPivots: [Int32]
  private var oneNorm: Scalar = 0

  /// The order of the matrix.
  public var order: Int { factors.rows }

  /// Decomposes `a`.
  ///
  /// - Parameter a: a square matrix, singular or not.
  /// - Precondition: `a` is square.
  /// - Complexity: 2n³/3 operations.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``.
  public init<A: StridedMatrix<Scalar>>(_ a: A) throws(LinearAlgebraError) {
    precondition(a.isSquare, "LU: the matrix must be square")
    self.init(order: a.rows)
    try factor(a)
  }

  /// Room for a decomposition of a given order, to be filled by ``factor(_:)``; until then that of the
  /// zero matrix.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(order: Int) {
    factors = Matrix(zeros: order, order)
    pivots = Array(0..<order)
    integerPivots = [Int32](repeating: 0, count: order)
    singularIndex = order > 0 ? 0 : nil
  }

  /// Decomposes another matrix of the same order in the storage of this value.
  ///
  /// After an error the value is unspecified.
  ///
  /// - Precondition: `a` has the order of this decomposition.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``.
  public mutating func factor<A: StridedMatrix<Scalar>>(_ a: A) throws(LinearAlgebraError) {
    let n = order
    precondition(a.rows == n && a.columns == n, "LU: the matrix must have the order prepared for")
    guard n > 0 else { return }
    try a.copyOperand(to: &factors.storage, order: .rows, argument: "the matrix")
    oneNorm = factors.oneNorm
    let info = Scalar._getrf(n, n, &factors.storage, n, &integerPivots)
    // A positive value names a zero pivot; the factors are complete all the same.
    if info < 0 { try LAPACKRoutine.getrf.check(info, Scalar.self) }
    singularIndex = info > 0 ? info - 1 : nil
    for i in 0..<n { pivots[i] = Int(integerPivots[i]) - 1 }
  }

  /// The lower triangular factor, with zeros above the diagonal.
  public var lower: Matrix<Scalar> {
    var result = factors
    result.clear(.upper)
    return result
  }

  /// The upper triangular factor, with ones on the diagonal.
  public var upper: Matrix<Scalar> {
    Matrix(rows: order, columns: order) { i, j in j > i ? factors[i, j] : i == j ? 1 : 0 }
  }

  /// The matrix `L U Pᵀ`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func reconstruct() -> Matrix<Scalar> {
    let product = lower * upper
    // P collects the interchanges in the order of the steps; the column at place j came from origin[j].
    var origin = Array(0..<order)
    for (i, pivot) in pivots.enumerated() { origin.swapAt(i, pivot) }
    var result = Matrix<Scalar>(zeros: order, order)
    for j in 0..<order { result.setColumn(origin[j], to: product.column(j)) }
    return result
  }
}

// MARK: - Solving

extension LU {
  /// The solution of `A x = b`.
  ///
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)`` for an exactly zero pivot;
  ///   ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  /// - Precondition: `b` has as many elements as the order.
  public func solve(_ b: [Scalar]) throws(LinearAlgebraError) -> [Scalar] {
    var x = b
    try solve(inPlace: &x)
    return x
  }

  /// The solutions of `A X = B` for a matrix of `n × p`; throws as for one column.
  public func solve(_ b: Matrix<Scalar>) throws(LinearAlgebraError) -> Matrix<Scalar> {
    var x = b
    try solve(inPlace: &x)
    return x
  }

  /// Replaces `b` by the solution of `A x = b`, without any allocation.
  ///
  /// - Throws: as `solve(b)`, leaving `b` as it was.
  public func solve(inPlace b: inout [Scalar]) throws(LinearAlgebraError) {
    let n = order
    precondition(b.count == n, "LU.solve: the right-hand side must have n elements")
    try requireFinite(b, argument: "the right-hand side")
    try requireInvertible()
    guard n > 0 else { return }
    Scalar._trsv(true, false, false, n, factors.storage, n, &b, 1)
    Scalar._trsv(false, false, true, n, factors.storage, n, &b, 1)
    for i in stride(from: n - 1, through: 0, by: -1) { b.swapAt(i, pivots[i]) }
  }

  /// Replaces the columns of `b` by the solutions of `A X = B`, without any allocation.
  ///
  /// - Throws: as `solve(b)`, leaving `b` as it was.
  public func solve(inPlace b: inout Matrix<Scalar>) throws(LinearAlgebraError) {
    let (n, p) = (order, b.columns)
    precondition(b.rows == n, "LU.solve: the right-hand side must have n rows")
    try requireFinite(b.storage, argument: "the right-hand side")
    try requireInvertible()
    guard n > 0, p > 0 else { return }
    Scalar._trsm(false, true, false, false, n, p, 1, factors.storage, n, &b.storage, p)
    Scalar._trsm(false, false, false, true, n, p, 1, factors.storage, n, &b.storage, p)
    b.withUnsafeMutableElements { x in
      guard let x else { return }
      for i in stride(from: n - 1, through: 0, by: -1) where pivots[i] != i {
        Scalar._swap(p, x + i * p, 1, x + pivots[i] * p, 1)
      }
    }
  }

  /// The inverse.
  ///
  /// - Complexity: 4n³/3 operations beyond the decomposition. To solve a system, solve it: that is
  ///   cheaper and more accurate.
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)``.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func inverse() throws(LinearAlgebraError) -> Matrix<Scalar> {
    try requireInvertible()
    let n = order
    guard n > 0 else { return factors }
    var result = factors
    var answer: Scalar = 0
    LAPACKRoutine.getri.expectSuccess(Scalar._getri(n, nil, n, nil, &answer, -1), Scalar.self)
    var work = [Scalar](repeating: 0, count: workspaceSize(answer))
    // The inverse of the transpose, column-major, is the inverse, row-major.
    let info = Scalar._getri(n, &result.storage, n, integerPivots, &work, work.count)
    try LAPACKRoutine.getri.check(info, Scalar.self)
    return result
  }

  private func requireInvertible() throws(LinearAlgebraError) {
    if let singularIndex {
      throw .singular(routine: LAPACKRoutine.getrf.name(Scalar.self), index: singularIndex)
    }
  }
}

// MARK: - Determinant and condition

extension LU {
  /// The determinant; 0 for a matrix with an exactly zero pivot, 1 for an empty one.
  public var determinant: Scalar {
    factors.diagonal.reduce(orientation, *)
  }

  /// The sign (-1, 0, 1) and the natural logarithm of the magnitude of the determinant, which do not
  /// overflow; the logarithm is -∞ for a singular matrix.
  public var logDeterminant: (sign: Scalar, log: Scalar) {
    let (sign, log) = logProduct(factors.diagonal)
    return (sign * orientation, log)
  }

  /// An estimate of the condition number in the 1-norm, `‖A‖₁ ‖A⁻¹‖₁`: a lower bound, rarely below a third
  /// of it. Infinite for a singular matrix, 1 for an empty one.
  ///
  /// - Complexity: O(n²).
  public var conditionNumberEstimate: Scalar {
    let n = order
    guard n > 0 else { return 1 }
    guard singularIndex == nil else { return .infinity }
    var reciprocal: Scalar = 0
    var work = [Scalar](repeating: 0, count: 4 * n)
    var integers = [Int32](repeating: 0, count: n)
    // The 1-norm of A is the ∞-norm of the transpose that LAPACK sees.
    let info = Scalar._gecon(
      Letter.infinityNorm, n, factors.storage, n, oneNorm, &reciprocal, &work, &integers)
    LAPACKRoutine.gecon.expectSuccess(info, Scalar.self)
    return reciprocal > 0 ? 1 / reciprocal : .infinity
  }

  /// The determinant of `P`.
  private var orientation: Scalar {
    pivots.indices.count { pivots[$0] != $0 }.isMultiple(of: 2) ? 1 : -1
  }
}
