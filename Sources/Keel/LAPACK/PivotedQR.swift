/// The rank-revealing decomposition `A P = Q R` by Householder reflections with column pivoting.
///
/// Each step takes the remaining column of largest norm, so that the magnitudes on the diagonal of `R`
/// do not increase, and a numerically rank-deficient matrix shows a sharp drop. The drop is reliable in
/// practice, but not a proof (Kahan's matrix); the singular values of ``SVD`` are.
///
/// Method: `geqp3` on a column-major copy.
public struct PivotedQR<Scalar: RealScalar>: Sendable {
  /// The factors `Q` and `R` of the matrix with permuted columns.
  public private(set) var qr: QR<Scalar>
  /// Where the columns come from: column `j` of `Q R` is column `permutation[j]` of `A`.
  public private(set) var permutation: [Int]
  private var pivots: [Int32]

  /// The number of rows of `A`.
  public var rows: Int { qr.rows }
  /// The number of columns of `A`.
  public var columns: Int { qr.columns }

  /// Decomposes `a`.
  ///
  /// - Parameter a: any matrix.
  /// - Complexity: O(rows · columns · min(rows, columns)), half of it in matrix-vector products.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``.
  public init<A: StridedMatrix<Scalar>>(_ a: A) throws(LinearAlgebraError) {
    var workspace = Workspace(rows: a.rows, columns: a.columns)
    self.init(rows: a.rows, columns: a.columns)
    try factor(a, workspace: &workspace)
  }

  /// Room for a decomposition of a given shape, to be filled by ``factor(_:workspace:)``; until then
  /// that of the zero matrix.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(rows: Int, columns: Int) {
    qr = QR(rows: rows, columns: columns)
    permutation = Array(0..<columns)
    pivots = [Int32](repeating: 0, count: columns)
  }

  /// Memory for decompositions of one shape.
  public struct Workspace: Sendable {
    let rows: Int
    let columns: Int
    var work: [Scalar] = []

    /// Allocates what a decomposition of `rows × columns` matrices needs.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
      guard rows > 0, columns > 0 else { return }
      var answer: Scalar = 0
      let info = Scalar._geqp3(rows, columns, nil, rows, nil, nil, &answer, -1)
      LAPACKRoutine.geqp3.expectSuccess(info, Scalar.self)
      work = [Scalar](repeating: 0, count: workspaceSize(answer))
    }
  }

  /// Decomposes another matrix of the same shape in the storage of this value.
  ///
  /// After an error the value is unspecified.
  ///
  /// - Precondition: `a` and `workspace` have the shape of this decomposition.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``.
  public mutating func factor<A: StridedMatrix<Scalar>>(
    _ a: A, workspace w: inout Workspace
  ) throws(LinearAlgebraError) {
    precondition(
      a.rows == rows && a.columns == columns, "PivotedQR: the matrix must have the shape prepared for")
    precondition(
      w.rows == rows && w.columns == columns, "PivotedQR: the workspace must have been made for this shape")
    guard !a.isEmpty else { return }
    try a.copyOperand(to: &qr.factors, order: .columns, argument: "the matrix")
    // Zero leaves a column free to move.
    for j in pivots.indices { pivots[j] = 0 }
    let info = Scalar._geqp3(
      rows, columns, &qr.factors, rows, &pivots, &qr.tau, &w.work, w.work.count)
    LAPACKRoutine.geqp3.expectSuccess(info, Scalar.self)
    for j in pivots.indices { permutation[j] = Int(pivots[j]) - 1 }
  }

  /// The number of diagonal elements of `R` of magnitude above `tolerance · |R₁₁|`.
  ///
  /// - Parameter tolerance: relative; `max(rows, columns) · ulp` if nil.
  public func rank(tolerance: Scalar? = nil) -> Int {
    let diagonal = qr.diagonal
    guard let first = diagonal.first else { return 0 }
    let threshold = (tolerance ?? Scalar(max(rows, columns)) * Scalar.ulpOfOne) * abs(first)
    return diagonal.prefix { abs($0) > threshold }.count
  }

  /// A basic solution of `min ‖A x - b‖₂`: at most `rank` elements of `x` are not zero. For the solution
  /// of least norm use ``SVD``.
  ///
  /// - Parameters:
  ///   - b: `rows` numbers.
  ///   - tolerance: as in ``rank(tolerance:)``.
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  public func solve(_ b: [Scalar], tolerance: Scalar? = nil) throws(LinearAlgebraError) -> [Scalar] {
    try solve(Matrix(column: b), tolerance: tolerance).storage
  }

  /// Basic solutions for the columns of `b`, `rows × p`.
  ///
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)`` for `b`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func solve(
    _ b: Matrix<Scalar>, tolerance: Scalar? = nil
  ) throws(LinearAlgebraError) -> Matrix<Scalar> {
    precondition(b.rows == rows, "PivotedQR.solve: the right-hand side must have as many rows as the matrix")
    try requireFinite(b.storage, argument: "the right-hand side")
    var work = b
    qr.applyQTransposed(to: &work)
    let basic = qr.solveTriangle(order: rank(tolerance: tolerance), work)
    var x = Matrix<Scalar>(zeros: columns, b.columns)
    for i in 0..<basic.rows { x.setRow(permutation[i], to: basic.row(i)) }
    return x
  }

  /// The matrix `Q R Pᵀ`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func reconstruct() -> Matrix<Scalar> {
    let permuted = qr.reconstruct()
    var result = Matrix<Scalar>(zeros: rows, columns)
    for j in 0..<columns { result.setColumn(permutation[j], to: permuted.column(j)) }
    return result
  }

  /// The sign (-1, 0, 1) and the natural logarithm of the magnitude of the determinant.
  ///
  /// - Precondition: the matrix is square.
  public var logDeterminant: (sign: Scalar, log: Scalar) {
    let (sign, log) = qr.logDeterminant
    return (sign * permutationSign(permutation), log)
  }

  /// The determinant.
  ///
  /// - Precondition: the matrix is square.
  public var determinant: Scalar { qr.determinant * permutationSign(permutation) }
}

/// 1 for an even permutation, -1 for an odd one: each cycle of even length turns the sign.
private func permutationSign<Scalar: RealScalar>(_ permutation: [Int]) -> Scalar {
  var seen = [Bool](repeating: false, count: permutation.count)
  var sign: Scalar = 1
  for start in permutation.indices where !seen[start] {
    var (i, length) = (start, 0)
    while !seen[i] {
      seen[i] = true
      i = permutation[i]
      length += 1
    }
    if length.isMultiple(of: 2) { sign = -sign }
  }
  return sign
}
