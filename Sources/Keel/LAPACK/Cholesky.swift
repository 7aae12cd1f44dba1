/// The decomposition `A = RᵀR = L Lᵀ` of a symmetric positive definite matrix.
///
/// ```swift
/// let cholesky = try Cholesky(covariance)
/// let x = try cholesky.solve(b)
/// let logDet = cholesky.logDeterminant
/// ```
///
/// Only the upper triangle of the matrix is read, and no symmetry is checked. The factor exists if and
/// only if the matrix is positive definite, so that the initializer is also the test for it, up to
/// rounding: a matrix whose smallest eigenvalue is below about `n · ulp` times the largest may be refused.
///
/// Method: `potrf`, on a copy without a transpose. The upper triangle of a row-major matrix is LAPACK's
/// lower one, which OpenBLAS factors in two thirds of the time of the other.
public struct Cholesky<Scalar: RealScalar>: Sendable {
  /// The upper triangular factor `R`, with zeros below the diagonal.
  public private(set) var upper: Matrix<Scalar>
  /// `‖A‖₁`, which an estimate of the condition number needs.
  private var oneNorm: Scalar = 0

  /// The lower triangular factor `L = Rᵀ`, without a copy.
  public var lower: MatrixView<Scalar> { upper.transposed }

  /// The order of the matrix.
  public var order: Int { upper.rows }

  /// Decomposes the symmetric matrix whose upper triangle is that of `a`.
  ///
  /// - Parameter a: a square matrix; one of order 0 is positive definite.
  /// - Precondition: `a` is square.
  /// - Complexity: n³/3 operations.
  /// - Throws: ``LinearAlgebraError/notPositiveDefinite(index:)``;
  ///   ``LinearAlgebraError/nonFinite(argument:)``, also for an element below the diagonal.
  public init<A: StridedMatrix<Scalar>>(_ a: A) throws(LinearAlgebraError) {
    precondition(a.isSquare, "Cholesky: the matrix must be square")
    self.init(order: a.rows)
    try factor(a)
  }

  /// Room for a decomposition of a given order, to be filled by ``factor(_:)``; until then `R = 0`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(order: Int) {
    upper = Matrix(zeros: order, order)
  }

  /// Decomposes another matrix of the same order in the storage of this value.
  ///
  /// After an error the value is unspecified.
  ///
  /// - Precondition: `a` has the order of this decomposition.
  /// - Throws: as the initializer.
  public mutating func factor<A: StridedMatrix<Scalar>>(_ a: A) throws(LinearAlgebraError) {
    let n = order
    precondition(a.rows == n && a.columns == n, "Cholesky: the matrix must have the order prepared for")
    guard n > 0 else { return }
    try a.copyOperand(to: &upper.storage, order: .rows, argument: "the matrix")
    oneNorm = upper.symmetricOneNorm()
    try LAPACKRoutine.potrf.check(Scalar._potrf(Letter.lower, n, &upper.storage, n), Scalar.self)
    upper.clear(.lower)
  }

  /// The product `RᵀR`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func reconstruct() -> Matrix<Scalar> {
    upper.gram()
  }
}

// MARK: - Solving

extension Cholesky {
  /// The solution of `A x = b`.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  /// - Precondition: `b` has as many elements as the order.
  public func solve(_ b: [Scalar]) throws(LinearAlgebraError) -> [Scalar] {
    var x = b
    try solve(inPlace: &x)
    return x
  }

  /// The solutions of `A X = B` for a matrix of `n × p`.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  public func solve(_ b: Matrix<Scalar>) throws(LinearAlgebraError) -> Matrix<Scalar> {
    var x = b
    try solve(inPlace: &x)
    return x
  }

  /// Replaces `b` by the solution of `A x = b`, without any allocation.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``, leaving `b` as it was.
  public func solve(inPlace b: inout [Scalar]) throws(LinearAlgebraError) {
    let n = order
    precondition(b.count == n, "Cholesky.solve: the right-hand side must have n elements")
    try requireFinite(b, argument: "the right-hand side")
    guard n > 0 else { return }
    Scalar._trsv(false, true, false, n, upper.storage, n, &b, 1)
    Scalar._trsv(false, false, false, n, upper.storage, n, &b, 1)
  }

  /// Replaces the columns of `b` by the solutions of `A X = B`, without any allocation.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``, leaving `b` as it was.
  public func solve(inPlace b: inout Matrix<Scalar>) throws(LinearAlgebraError) {
    let (n, p) = (order, b.columns)
    precondition(b.rows == n, "Cholesky.solve: the right-hand side must have n rows")
    try requireFinite(b.storage, argument: "the right-hand side")
    guard n > 0, p > 0 else { return }
    Scalar._trsm(false, false, true, false, n, p, 1, upper.storage, n, &b.storage, p)
    Scalar._trsm(false, false, false, false, n, p, 1, upper.storage, n, &b.storage, p)
  }

  /// The inverse, symmetric to the last bit.
  ///
  /// - Complexity: 2n³/3 operations beyond the decomposition.
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)`` if the diagonal underflowed to zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func inverse() throws(LinearAlgebraError) -> Matrix<Scalar> {
    let n = order
    guard n > 0 else { return upper }
    var result = upper
    try LAPACKRoutine.potri.check(Scalar._potri(Letter.lower, n, &result.storage, n), Scalar.self)
    result.mirror(.upper)
    return result
  }

  /// The determinant, positive; 1 for an empty matrix.
  public var determinant: Scalar {
    upper.diagonal.reduce(1) { $0 * $1 * $1 }
  }

  /// The natural logarithm of the determinant, which does not overflow.
  public var logDeterminant: Scalar {
    2 * upper.diagonal.reduce(0) { $0 + .log($1) }
  }

  /// An estimate of the condition number in the 1-norm, `‖A‖₁ ‖A⁻¹‖₁`: a lower bound, rarely below a third
  /// of it. 1 for an empty matrix.
  ///
  /// - Complexity: O(n²).
  public var conditionNumberEstimate: Scalar {
    let n = order
    guard n > 0 else { return 1 }
    var reciprocal: Scalar = 0
    var work = [Scalar](repeating: 0, count: 3 * n)
    var integers = [Int32](repeating: 0, count: n)
    let info = Scalar._pocon(Letter.lower, n, upper.storage, n, oneNorm, &reciprocal, &work, &integers)
    LAPACKRoutine.pocon.expectSuccess(info, Scalar.self)
    return reciprocal > 0 ? 1 / reciprocal : .infinity
  }
}
