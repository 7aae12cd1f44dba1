/// The singular value decomposition `A = U Σ Vᵀ`.
///
/// ```swift
/// let svd = try SVD(a)                       // thin: U is rows × k, Vᵀ is k × columns
/// let r = svd.rank()
/// let x = try svd.solve(b)                   // least squares of least norm
/// ```
///
/// With `k = min(rows, columns)`, the singular values are in decreasing order. The computed factors
/// are those of `A + E` with `‖E‖ ≤ p(rows, columns) · ulp · σ₁`, so that every singular value has that
/// absolute error, and the vectors are orthonormal to the same order.
///
/// Method: divide and conquer (`gesdd`); if that does not converge, the QR iteration (`gesvd`). LAPACK's
/// fast path is the tall one, so a tall matrix is handed over as a column-major copy and a wide one as it
/// lies, which LAPACK reads as its tall transpose.
public struct SVD<Scalar: RealScalar>: Sendable {
  /// Which singular vectors to compute.
  public enum Vectors: Sendable {
    /// Singular values only.
    case none
    /// The first `min(rows, columns)` of each side.
    case thin
    /// Complete orthogonal matrices.
    case full
  }

  /// How to find the decomposition of the bidiagonal form.
  public enum Algorithm: Sendable {
    /// Divide and conquer, falling back on the QR iteration when it does not converge.
    case divideAndConquer
    /// The QR iteration: two to three times slower for vectors.
    case qrIteration
  }

  /// The number of rows of `A`.
  public let rows: Int
  /// The number of columns of `A`.
  public let columns: Int
  /// Which singular vectors there are.
  public let vectors: Vectors
  /// The singular values `σ₁ ≥ σ₂ ≥ … ≥ 0`, `min(rows, columns)` of them.
  public private(set) var singularValues: [Scalar]
  /// The left singular vectors as columns: `rows × k` (thin), `rows × rows` (full), `rows × 0` (none).
  public private(set) var u: Matrix<Scalar>
  /// The right singular vectors as rows: `k × columns` (thin), `columns × columns` (full),
  /// `0 × columns` (none).
  public private(set) var vt: Matrix<Scalar>

  /// Decomposes `a`.
  ///
  /// - Parameters:
  ///   - a: any matrix; with no rows or no columns there are no singular values, and the full factors
  ///     are identities.
  ///   - vectors: which singular vectors to compute.
  ///   - algorithm: divide and conquer unless told otherwise.
  /// - Precondition: with vectors, `k ≤ 23169`: the workspace of LAPACK has a 32-bit length.
  /// - Complexity: O(rows · columns · k).
  /// - Throws: ``LinearAlgebraError/nonFinite(argument:)``;
  ///   ``LinearAlgebraError/notConverged(routine:info:)`` if both algorithms fail.
  public init<A: StridedMatrix<Scalar>>(
    _ a: A, vectors: Vectors = .thin, algorithm: Algorithm = .divideAndConquer
  ) throws(LinearAlgebraError) {
    var workspace = Workspace(rows: a.rows, columns: a.columns, vectors: vectors)
    self.init(rows: a.rows, columns: a.columns, vectors: vectors)
    try factor(a, workspace: &workspace, algorithm: algorithm)
  }

  /// Room for a decomposition of a given shape, to be filled by ``factor(_:workspace:algorithm:)``;
  /// until then that of the zero matrix without its vectors.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(rows: Int, columns: Int, vectors: Vectors = .thin) {
    let k = min(rows, columns)
    self.rows = rows
    self.columns = columns
    self.vectors = vectors
    singularValues = [Scalar](repeating: 0, count: k)
    switch vectors {
    case .none: (u, vt) = (Matrix(zeros: rows, 0), Matrix(zeros: 0, columns))
    case .thin: (u, vt) = (Matrix(zeros: rows, k), Matrix(zeros: k, columns))
    case .full: (u, vt) = (Matrix(zeros: rows, rows), Matrix(zeros: columns, columns))
    }
  }
}

// MARK: - In place

extension SVD {
  /// Memory for decompositions of one shape, so that repeated ones neither allocate nor ask LAPACK.
  public struct Workspace: Sendable {
    let rows: Int
    let columns: Int
    let vectors: Vectors
    /// The operand, which LAPACK destroys.
    var operand: [Scalar]
    /// LAPACK's column-major vectors of a tall matrix; those of other matrices go to their place at once.
    var u: [Scalar]
    var vt: [Scalar]
    var work: [Scalar]
    var integers: [Int32]
    /// A seam for tests: treats divide and conquer as not converged.
    package var forcesFallback = false

    /// The largest order for which the workspace of `gesdd` with vectors, `4k² + 7k`, has a 32-bit length.
    static var largestOrderWithVectors: Int { 23169 }

    /// Allocates what a decomposition of `rows × columns` matrices needs.
    ///
    /// - Precondition: with vectors, the smaller size is at most 23169, because LAPACK counts in 32 bits.
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    public init(rows: Int, columns: Int, vectors: Vectors = .thin) {
      self.rows = rows
      self.columns = columns
      self.vectors = vectors
      let k = min(rows, columns)
      if vectors != .none {
        LAPACKRoutine.gesdd.requireCountableWorkspace(order: k, largest: Self.largestOrderWithVectors)
      }
      let isTall = rows > columns
      operand = [Scalar](repeating: 0, count: rows * columns)
      u = isTall ? [Scalar](repeating: 0, count: vectors.count(of: rows, k) * rows) : []
      vt = isTall ? [Scalar](repeating: 0, count: vectors.count(of: columns, k) * columns) : []
      integers = [Int32](repeating: 0, count: 8 * k)
      work = []
      guard k > 0 else { return }
      let (m, n) = isTall ? (rows, columns) : (columns, rows)
      var answer: Scalar = 0
      let info = Scalar._gesdd(
        vectors.letter, m, n, nil, m, nil, nil, m, nil, n, &answer, -1, nil)
      LAPACKRoutine.gesdd.expectSuccess(info, Scalar.self)
      work = [Scalar](repeating: 0, count: workspaceSize(answer))
    }
  }

  /// Decomposes another matrix of the same shape in the storage of this value.
  ///
  /// After an error the value is unspecified.
  ///
  /// - Precondition: `a` and `workspace` have the shape and the vectors of this decomposition.
  /// - Throws: as the initializer.
  public mutating func factor<A: StridedMatrix<Scalar>>(
    _ a: A, workspace w: inout Workspace, algorithm: Algorithm = .divideAndConquer
  ) throws(LinearAlgebraError) {
    precondition(a.rows == rows && a.columns == columns, "SVD: the matrix must have the shape prepared for")
    precondition(
      w.rows == rows && w.columns == columns && w.vectors == vectors,
      "SVD: the workspace must have been made for this shape and these vectors")
    guard !a.isEmpty else {
      if vectors == .full { (u, vt) = (Matrix(identity: rows), Matrix(identity: columns)) }
      return
    }
    let order: StorageOrder = rows > columns ? .columns : .rows
    try a.copyOperand(to: &w.operand, order: order, argument: "the matrix")
    if algorithm == .divideAndConquer {
      if try divideAndConquer(&w) { return unpack(w) }
      // The first attempt destroyed the operand.
      try a.copyOperand(to: &w.operand, order: order, argument: "the matrix")
    }
    try qrIteration(&w)
    unpack(w)
  }

  /// Moves the vectors of a tall matrix from LAPACK's column-major order to their place.
  private mutating func unpack(_ w: borrowing Workspace) {
    guard rows > columns, vectors != .none else { return }
    transpose(w.u, rows: u.columns, columns: rows, into: &u.storage)
    transpose(w.vt, rows: columns, columns: vt.rows, into: &vt.storage)
  }

  /// Whether the iteration converged. LAPACK's U of the row-major wide operand is V, and its rows are the
  /// columns that LAPACK stores.
  private mutating func divideAndConquer(_ w: inout Workspace) throws(LinearAlgebraError) -> Bool {
    let info =
      if rows > columns {
        Scalar._gesdd(
          vectors.letter, rows, columns, &w.operand, rows, &singularValues, &w.u, rows, &w.vt,
          max(vt.rows, 1), &w.work, w.work.count, &w.integers)
      } else {
        Scalar._gesdd(
          vectors.letter, columns, rows, &w.operand, columns, &singularValues, &vt.storage, columns,
          &u.storage, max(u.columns, 1), &w.work, w.work.count, &w.integers)
      }
    // A negative value is a bug; a positive one means no convergence, for which there is another way.
    if info < 0 { try LAPACKRoutine.gesdd.check(info, Scalar.self) }
    return info == 0 && !w.forcesFallback
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private mutating func qrIteration(_ w: inout Workspace) throws(LinearAlgebraError) {
    let job = vectors.letter
    let (m, n) = rows > columns ? (rows, columns) : (columns, rows)
    var answer: Scalar = 0
    let query = Scalar._gesvd(job, job, m, n, nil, m, nil, nil, m, nil, n, &answer, -1)
    LAPACKRoutine.gesvd.expectSuccess(query, Scalar.self)
    var work = [Scalar](repeating: 0, count: workspaceSize(answer))
    let info =
      if rows > columns {
        Scalar._gesvd(
          job, job, m, n, &w.operand, m, &singularValues, &w.u, m, &w.vt, max(vt.rows, 1), &work, work.count)
      } else {
        Scalar._gesvd(
          job, job, m, n, &w.operand, m, &singularValues, &vt.storage, m, &u.storage, max(u.columns, 1),
          &work, work.count)
      }
    try LAPACKRoutine.gesvd.check(info, Scalar.self)
  }
}

extension SVD.Vectors {
  /// LAPACK's letter.
  var letter: UInt8 {
    switch self {
    case .none: Letter.none
    case .thin: Letter.thin
    case .full: Letter.all
    }
  }

  /// The number of vectors on the side that has `size` of them in full and `k` when thin.
  func count(of size: Int, _ k: Int) -> Int {
    switch self {
    case .none: 0
    case .thin: k
    case .full: size
    }
  }
}
