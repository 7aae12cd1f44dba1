/// The eigenvalues and eigenvectors of a symmetric matrix, `A = V Λ Vᵀ`.
///
/// The eigenvalues are in increasing order, each with an absolute error of a few `ulp · ‖A‖₂`. The
/// eigenvectors are kept as the rows of ``vectorRows``, where LAPACK leaves them; ``vectors`` is the same
/// storage read as columns.
///
/// Method: divide and conquer (`syevd`). Only the upper triangle of the matrix is read, and no symmetry
/// is checked.
public struct SymmetricEigen<Scalar: RealScalar>: Sendable {
  /// The eigenvalues `λ₁ ≤ λ₂ ≤ … ≤ λₙ`.
  public private(set) var values: [Scalar]
  /// The eigenvectors as rows, `Vᵀ`: row `i` belongs to `values[i]`. `0 × n` if they were not asked for.
  public private(set) var vectorRows: Matrix<Scalar>
  /// Whether the eigenvectors were computed.
  public let hasVectors: Bool

  /// The order of the matrix.
  public var order: Int { values.count }

  /// The eigenvectors as columns, `V`, without a copy.
  public var vectors: MatrixView<Scalar> { vectorRows.transposed }

  /// Decomposes the symmetric matrix whose upper triangle is that of `a`.
  ///
  /// - Parameters:
  ///   - a: a square matrix; one of order 0 has no eigenvalues.
  ///   - vectors: false computes the eigenvalues only, at a third of the cost.
  /// - Precondition: `a` is square; with vectors, its order is at most 32766: the workspace of LAPACK has a
  ///   32-bit length.
  /// - Complexity: O(n³).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``, also for an element below the diagonal;
  ///   ``LinearAlgebraError/notConverged(routine:info:)``.
  public init<A: StridedMatrix<Scalar>>(_ a: A, vectors: Bool = true) throws(LinearAlgebraError) {
    precondition(a.isSquare, "SymmetricEigen: the matrix must be square")
    var workspace = Workspace(order: a.rows, vectors: vectors)
    self.init(order: a.rows, vectors: vectors)
    try factor(a, workspace: &workspace)
  }

  /// Room for a decomposition of a given order, to be filled by ``factor(_:workspace:)``; until then
  /// all values are zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(order: Int, vectors: Bool = true) {
    values = [Scalar](repeating: 0, count: order)
    vectorRows = Matrix(zeros: vectors ? order : 0, order)
    hasVectors = vectors
  }
}

// MARK: - In place

extension SymmetricEigen {
  /// Memory for decompositions of one order, so that repeated ones neither allocate nor ask LAPACK.
  public struct Workspace: Sendable {
    let order: Int
    let hasVectors: Bool
    /// The operand when no vectors are wanted; else they replace it in place.
    var operand: [Scalar]
    var work: [Scalar]
    var integers: [Int32]

    /// The largest order for which the workspace of `syevd` with vectors, `2n² + 6n + 1`, has a 32-bit
    /// length.
    static var largestOrderWithVectors: Int { 32766 }

    /// Allocates what a decomposition of matrices of the given order needs.
    ///
    /// - Precondition: with vectors, the order is at most 32766, because LAPACK counts in 32 bits.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public init(order: Int, vectors: Bool = true) {
      if vectors {
        LAPACKRoutine.syevd.requireCountableWorkspace(order: order, largest: Self.largestOrderWithVectors)
      }
      self.order = order
      hasVectors = vectors
      operand = [Scalar](repeating: 0, count: vectors ? 0 : order * order)
      (work, integers) = ([], [])
      guard order > 0 else { return }
      var (answer, integerAnswer): (Scalar, Int32) = (0, 0)
      let info = Scalar._syevd(
        vectors ? Letter.vectors : Letter.none, Letter.lower, order, nil, order, nil, &answer, -1,
        &integerAnswer, -1)
      LAPACKRoutine.syevd.expectSuccess(info, Scalar.self)
      work = [Scalar](repeating: 0, count: workspaceSize(answer))
      integers = [Int32](repeating: 0, count: max(1, Int(integerAnswer)))
    }
  }

  /// Decomposes another matrix of the same order in the storage of this value.
  ///
  /// After an error the value is unspecified.
  ///
  /// - Precondition: `a` and `workspace` have the order and the vectors of this decomposition.
  /// - Throws: as the initializer.
  public mutating func factor<A: StridedMatrix<Scalar>>(
    _ a: A, workspace w: inout Workspace
  ) throws(LinearAlgebraError) {
    let n = order
    precondition(a.rows == n && a.columns == n, "SymmetricEigen: the matrix must have the order prepared for")
    precondition(
      w.order == n && w.hasVectors == hasVectors,
      "SymmetricEigen: the workspace must have been made for this order and these vectors")
    guard n > 0 else { return }
    // The upper triangle of a row-major matrix is LAPACK's lower one.
    let info: Int
    if hasVectors {
      try a.copyOperand(to: &vectorRows.storage, order: .rows, argument: "the matrix")
      info = Scalar._syevd(
        Letter.vectors, Letter.lower, n, &vectorRows.storage, n, &values, &w.work, w.work.count,
        &w.integers, w.integers.count)
    } else {
      try a.copyOperand(to: &w.operand, order: .rows, argument: "the matrix")
      info = Scalar._syevd(
        Letter.none, Letter.lower, n, &w.operand, n, &values, &w.work, w.work.count, &w.integers,
        w.integers.count)
    }
    try LAPACKRoutine.syevd.check(info, Scalar.self)
  }
}

// MARK: - Functions of the matrix

extension SymmetricEigen {
  /// The symmetric matrix `V f(Λ) Vᵀ`.
  ///
  /// - Precondition: the eigenvectors were computed.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func applying(_ function: (Scalar) -> Scalar) -> Matrix<Scalar> {
    precondition(hasVectors, "SymmetricEigen: this needs the eigenvectors")
    return vectors * vectorRows.scalingRows(by: values.map(function))
  }

  /// The product `V Λ Vᵀ`.
  ///
  /// - Precondition: the eigenvectors were computed.
  public func reconstruct() -> Matrix<Scalar> {
    applying { $0 }
  }

  /// The inverse `V Λ⁻¹ Vᵀ`.
  ///
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)`` with the index of an eigenvalue that is
  ///   exactly zero.
  /// - Precondition: the eigenvectors were computed.
  public func inverse() throws(LinearAlgebraError) -> Matrix<Scalar> {
    try requireInvertible()
    return applying { 1 / $0 }
  }

  /// The solution of `A x = b`.
  ///
  /// - Throws: ``LinearAlgebraError/singular(routine:index:)`` with the index of an eigenvalue that is
  ///   exactly zero; ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  /// - Precondition: the eigenvectors were computed; `b` has as many elements as the order.
  public func solve(_ b: [Scalar]) throws(LinearAlgebraError) -> [Scalar] {
    precondition(hasVectors, "SymmetricEigen: this needs the eigenvectors")
    precondition(b.count == order, "SymmetricEigen.solve: the right-hand side must have n elements")
    try requireFinite(b, argument: "the right-hand side")
    try requireInvertible()
    let coordinates = zip(vectorRows * b, values).map { $0 / $1 }
    return vectors * coordinates
  }

  /// The product of the eigenvalues; 1 for an empty matrix.
  public var determinant: Scalar { values.reduce(1, *) }

  /// The sign (-1, 0, 1) and the natural logarithm of the magnitude of the determinant, which do not
  /// overflow; the logarithm is -∞ for a singular matrix.
  public var logDeterminant: (sign: Scalar, log: Scalar) { logProduct(values) }

  /// The number of eigenvalues of magnitude above `tolerance · max |λ|`.
  ///
  /// - Parameter tolerance: relative; `n · ulp` if nil.
  public func rank(tolerance: Scalar? = nil) -> Int {
    let largest = values.reduce(0) { max($0, abs($1)) }
    let threshold = (tolerance ?? Scalar(order) * Scalar.ulpOfOne) * largest
    return values.count { abs($0) > threshold }
  }

  /// The condition number in the 2-norm, `max |λ| / min |λ|`: infinite for a singular matrix, 1 for an
  /// empty one.
  public var conditionNumber: Scalar {
    guard let smallest = values.map({ abs($0) }).min(), let largest = values.map({ abs($0) }).max() else {
      return 1
    }
    return smallest > 0 ? largest / smallest : .infinity
  }

  private func requireInvertible() throws(LinearAlgebraError) {
    if let index = values.firstIndex(of: 0) {
      throw .singular(routine: LAPACKRoutine.syevd.name(Scalar.self), index: index)
    }
  }
}

/// The sign and the logarithm of the magnitude of a product.
func logProduct<Scalar: RealScalar>(_ factors: some Sequence<Scalar>) -> (sign: Scalar, log: Scalar) {
  var (sign, sum): (Scalar, Scalar) = (1, 0)
  for factor in factors {
    guard factor != 0 else { return (0, -.infinity) }
    if factor < 0 { sign = -sign }
    sum += .log(abs(factor))
  }
  return (sign, sum)
}
