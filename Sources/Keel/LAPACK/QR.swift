/// The decomposition `A = Q R` into an orthogonal and an upper triangular (or trapezoidal) factor.
///
/// ```swift
/// let qr = try QR(a)
/// let q = qr.thinQ()                          // rows × k with k = min(rows, columns)
/// let x = try qr.solve(b)                     // least squares of a tall matrix of full rank
/// ```
///
/// `Q` is kept as `k` Householder reflectors; applying it costs less than forming it. The signs of the
/// diagonal of `R` are LAPACK's, so that the factors are not unique in the way that a positive diagonal
/// would make them.
///
/// Method: blocked Householder (`geqrf`) on a column-major copy. The LQ routines would read the row-major
/// matrix as it lies, but OpenBLAS runs them at half to a quarter of the speed.
///
/// Backward stable: `A + E = Q R` for an exactly orthogonal `Q` with `‖E‖_F ≤ c · rows · columns · ulp ·
/// ‖A‖_F`.
public struct QR<Scalar: RealScalar>: Sendable {
  /// The number of rows of `A`.
  public let rows: Int
  /// The number of columns of `A`.
  public let columns: Int
  /// `R` above the reflectors, column after column.
  var factors: [Scalar]
  /// The scale of each reflector; 0 for one that is the identity.
  var tau: [Scalar]

  /// `min(rows, columns)`.
  var k: Int { tau.count }

  /// Decomposes `a`.
  ///
  /// - Parameter a: any matrix; one without elements has `Q = I`.
  /// - Complexity: O(rows · columns · k).
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
    self.rows = rows
    self.columns = columns
    factors = [Scalar](repeating: 0, count: rows * columns)
    tau = [Scalar](repeating: 0, count: min(rows, columns))
  }

  /// The upper triangular factor, `k × columns`.
  public var r: Matrix<Scalar> { triangle(rows: k) }

  /// `R` with `count` rows, those beyond its own being zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func triangle(rows count: Int) -> Matrix<Scalar> {
    Matrix(rows: count, columns: columns) { i, j in i <= j ? factors[j * rows + i] : 0 }
  }

  /// The first `k` columns of `Q`, a matrix of `rows × k` with orthonormal columns. `A = thinQ() * r`.
  ///
  /// - Complexity: O(rows · k²).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func thinQ() -> Matrix<Scalar> {
    var workspace = Workspace(rows: rows, columns: columns)
    var q = Matrix<Scalar>(zeros: rows, k)
    formQ(into: &q, workspace: &workspace)
    return q
  }

  /// The orthogonal matrix `Q`, `rows × rows`.
  ///
  /// - Complexity: O(rows² · k).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func fullQ() -> Matrix<Scalar> {
    var workspace = Workspace(rows: rows, columns: columns)
    var q = Matrix<Scalar>(zeros: rows, rows)
    formQ(into: &q, workspace: &workspace)
    return q
  }

  /// The product `Q R`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func reconstruct() -> Matrix<Scalar> {
    var result = triangle(rows: rows)
    applyQ(to: &result)
    return result
  }
}

// MARK: - In place

extension QR {
  /// Memory for decompositions of one shape and for forming and applying their `Q`; it grows with the
  /// largest matrix that `Q` is applied to.
  public struct Workspace: Sendable {
    let rows: Int
    let columns: Int
    /// Column-major room for `Q`.
    var q: [Scalar] = []
    var work: [Scalar] = []
    /// The number of columns that the length of `work` for forming or applying `Q` was last asked for.
    var formed = -1
    var applied = -1

    /// Allocates what a decomposition of `rows × columns` matrices needs.
    public init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
      guard rows > 0, columns > 0 else { return }
      reserve(.geqrf) { Scalar._geqrf(rows, columns, nil, rows, nil, $0, -1) }
    }

    /// Asks a routine for the length of its workspace and grows to it.
    mutating func reserve(_ routine: LAPACKRoutine, _ query: (UnsafeMutablePointer<Scalar>?) -> Int) {
      var answer: Scalar = 0
      routine.expectSuccess(query(&answer), Scalar.self)
      let size = workspaceSize(answer)
      if size > work.count { work = zeros(size) }
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
    precondition(a.rows == rows && a.columns == columns, "QR: the matrix must have the shape prepared for")
    requireFit(w)
    guard !a.isEmpty else { return }
    try a.copyOperand(to: &factors, order: .columns, argument: "the matrix")
    let info = Scalar._geqrf(rows, columns, &factors, rows, &tau, &w.work, w.work.count)
    LAPACKRoutine.geqrf.expectSuccess(info, Scalar.self)
  }

  /// Writes the first columns of `Q` to `q`, as many as it has.
  ///
  /// - Precondition: `q` has `rows` rows and from `k` to `rows` columns; the workspace fits.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func formQ(into q: inout Matrix<Scalar>, workspace w: inout Workspace) {
    precondition(
      q.rows == rows && q.columns >= k && q.columns <= rows,
      "QR.formQ: Q must have the rows of the matrix and from min(rows, columns) to rows columns")
    requireFit(w)
    let count = q.columns
    guard rows > 0, count > 0 else { return }
    if w.formed != count {
      w.reserve(.orgqr) { Scalar._orgqr(rows, count, k, nil, rows, nil, $0, -1) }
      w.formed = count
    }
    if w.q.count < rows * count { w.q = zeros(rows * count) }
    w.q.withUnsafeMutableBufferPointer { target in
      factors.withUnsafeBufferPointer { source in
        guard let target = target.baseAddress, let source = source.baseAddress else { return }
        target.update(from: source, count: rows * k)
      }
    }
    let info = Scalar._orgqr(rows, count, k, &w.q, rows, tau, &w.work, w.work.count)
    LAPACKRoutine.orgqr.expectSuccess(info, Scalar.self)
    transpose(w.q, rows: count, columns: rows, into: &q.storage)
  }

  /// `C ← Q C` with the full `Q`, without forming it.
  ///
  /// - Precondition: `c` has `rows` rows.
  public func applyQ(to c: inout Matrix<Scalar>) {
    var workspace = Workspace(rows: rows, columns: columns)
    applyQ(to: &c, workspace: &workspace)
  }

  /// `C ← Qᵀ C` with the full `Q`, without forming it.
  ///
  /// - Precondition: `c` has `rows` rows.
  public func applyQTransposed(to c: inout Matrix<Scalar>) {
    var workspace = Workspace(rows: rows, columns: columns)
    applyQTransposed(to: &c, workspace: &workspace)
  }

  /// `C ← Q C` with the full `Q` and the caller's workspace.
  ///
  /// - Precondition: `c` has `rows` rows; the workspace fits.
  public func applyQ(to c: inout Matrix<Scalar>, workspace: inout Workspace) {
    apply(transposed: false, to: &c, &workspace)
  }

  /// `C ← Qᵀ C` with the full `Q` and the caller's workspace.
  ///
  /// - Precondition: `c` has `rows` rows; the workspace fits.
  public func applyQTransposed(to c: inout Matrix<Scalar>, workspace: inout Workspace) {
    apply(transposed: true, to: &c, &workspace)
  }

  private func apply(transposed: Bool, to c: inout Matrix<Scalar>, _ w: inout Workspace) {
    precondition(c.rows == rows, "QR: Q is applied to a matrix with as many rows as it has")
    requireFit(w)
    let p = c.columns
    guard k > 0, p > 0 else { return }
    // LAPACK sees Cᵀ: (QC)ᵀ = CᵀQᵀ, so Q comes from the right and the other way round. One column is
    // the same in both orders, and from the left it is read without gaps.
    let isColumn = p == 1
    let side = isColumn ? Letter.left : Letter.right
    let operation = transposed == isColumn ? Letter.transposed : Letter.notTransposed
    let (m, n) = isColumn ? (rows, 1) : (p, rows)
    if w.applied != p {
      w.reserve(.ormqr) { Scalar._ormqr(side, operation, m, n, k, nil, rows, nil, nil, m, $0, -1) }
      w.applied = p
    }
    let info = Scalar._ormqr(
      side, operation, m, n, k, factors, rows, tau, &c.storage, m, &w.work, w.work.count)
    LAPACKRoutine.ormqr.expectSuccess(info, Scalar.self)
  }

  private func requireFit(_ w: Workspace) {
    precondition(
      w.rows == rows && w.columns == columns, "QR: the workspace must have been made for this shape")
  }
}
