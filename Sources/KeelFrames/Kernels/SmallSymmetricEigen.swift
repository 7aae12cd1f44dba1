public import Keel

/// The eigendecompositions `A = V diag(λ) Vᵀ` of many small symmetric matrices.
///
/// Up to order 16 by Jacobi's method, a matrix a lane of the vector registers: all of them at once, and as accurate
/// for close and equal eigenvalues as for others. The residual `‖AV - V diag(λ)‖ / ‖A‖` and `‖VᵀV - 1‖` are a few
/// units of rounding; matrices are scaled, so that no entries are too large or too small. Larger orders are left to
/// LAPACK.
public struct SmallSymmetricEigen<Scalar: FrameScalar>: Sendable {
  /// The eigenvalues, a row a matrix, ascending.
  public let values: Matrix<Scalar>
  /// V, a column an eigenvector, in the order of the values. The signs of eigenvectors are arbitrary, but such that
  /// V is a rotation: `det V = 1`.
  public let vectors: MatrixBatch<Scalar>

  /// The decompositions of symmetric matrices, of which the upper triangle is read.
  ///
  /// - Parameters:
  ///   - matrices: the matrices.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(d³) a matrix: some tens of nanoseconds for d = 3.
  /// - Precondition: the matrices are square.
  /// - Throws: ``FrameError/notFinite(argument:position:)``.
  public init(_ matrices: MatrixBatch<Scalar>, threads: Int? = nil) throws(FrameError) {
    var vectors = MatrixBatch<Scalar>(zeros: matrices.count, rows: matrices.rows, columns: matrices.rows)
    var values = Matrix<Scalar>(zeros: matrices.count, matrices.rows)
    try vectors.withPointer { (vector) throws(FrameError) in
      try Self.decompose(matrices, &values, vector, threads: threads)
    }
    self.values = values
    self.vectors = vectors
  }

  /// The eigenvalues of symmetric matrices alone, a row a matrix, ascending.
  ///
  /// - Parameters:
  ///   - matrices: the matrices, of which the upper triangle is read.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Precondition: the matrices are square.
  /// - Throws: ``FrameError/notFinite(argument:position:)``.
  public static func values(
    of matrices: MatrixBatch<Scalar>, threads: Int? = nil
  ) throws(FrameError) -> Matrix<Scalar> {
    var values = Matrix<Scalar>(zeros: matrices.count, matrices.rows)
    try decompose(matrices, &values, nil, threads: threads)
    return values
  }

  /// The decompositions of some matrices into memory that is there, on this thread.
  ///
  /// - Parameters:
  ///   - matrices: the matrices by rows, one after the other, of which the upper triangles are read.
  ///   - order: their order.
  ///   - values: receives the eigenvalues, as many a matrix as its order, ascending.
  ///   - vectors: receives the eigenvectors, as columns of a matrix by rows with determinant 1.
  /// - Complexity: O(d³) a matrix, without allocations up to d = 16.
  /// - Throws: ``FrameError/notFinite(argument:position:)``; what has been written is then unspecified.
  /// - Precondition: the sizes fit.
  public static func decompose(
    _ matrices: Span<Scalar>, order: Int, values: inout MutableSpan<Scalar>,
    vectors: inout MutableSpan<Scalar>
  ) throws(FrameError) {
    precondition(
      order >= 0 && matrices.count == values.count * order && vectors.count == matrices.count,
      "Eigenvalues and eigenvectors need as many numbers as the matrices have rows and elements")
    guard order > 0 else { return }
    let count = values.count / order
    try matrices.withPointer { (matrix) throws(FrameError) in
      try values.withPointer { (value) throws(FrameError) in
        try vectors.withPointer { (vector) throws(FrameError) in
          try compute(matrix, first: 0, count: count, order: order, value, vector)
        }
      }
    }
  }

  private static func decompose(
    _ matrices: MatrixBatch<Scalar>, _ values: inout Matrix<Scalar>, _ vectors: UnsafeMutablePointer<Scalar>?,
    threads: Int?
  ) throws(FrameError) {
    precondition(matrices.rows == matrices.columns, "Only square matrices have eigenvalues")
    let d = matrices.rows
    nonisolated(unsafe) let vectors = vectors
    try matrices.withSpan { (span) throws(FrameError) in
      try span.withPointer { (matrix) throws(FrameError) in
        nonisolated(unsafe) let matrix = matrix
        try values.withPointer { (value) throws(FrameError) in
          nonisolated(unsafe) let value = value
          // A matrix costs as much as some hundred of its numbers.
          try forEachChunk(matrices.count, cost: 20 * d * d, threads: threads) { range throws(FrameError) in
            let first = range.lowerBound
            try compute(
              matrix + first * d * d, first: first, count: range.count, order: d, value + first * d,
              vectors.map { $0 + first * d * d })
          }
        }
      }
    }
  }

  /// The decompositions of some matrices, the first of which is number `first` in errors. Eigenvectors may take the
  /// place of the matrices.
  static func compute(
    _ matrices: UnsafePointer<Scalar>, first: Int, count: Int, order: Int,
    _ values: UnsafeMutablePointer<Scalar>, _ vectors: UnsafeMutablePointer<Scalar>?
  ) throws(FrameError) {
    guard order <= Scalar.frameKernelLimit else {
      return try Parallel.withSingleThreadedBLAS { () throws(FrameError) in
        try computeByLAPACK(matrices, first: first, count: count, order: order, values, vectors)
      }
    }
    let strange = Scalar.smallSymmetricEigen(matrices, count: count, order: order, values, vectors)
    guard strange == count else {
      throw .notFinite(argument: "matrix \(first + strange)", position: "one of its elements")
    }
  }

  private static func computeByLAPACK(
    _ matrices: UnsafePointer<Scalar>, first: Int, count: Int, order: Int,
    _ values: UnsafeMutablePointer<Scalar>, _ vectors: UnsafeMutablePointer<Scalar>?
  ) throws(FrameError) {
    var workspace = SymmetricEigen<Scalar>.Workspace(order: order, vectors: vectors != nil)
    var eigen = SymmetricEigen<Scalar>(order: order, vectors: vectors != nil)
    for b in 0..<count {
      let matrix = matrices + b * order * order
      do {
        try eigen.factor(
          Matrix(rows: order, columns: order) { i, j in matrix[min(i, j) * order + max(i, j)] },
          workspace: &workspace)
      } catch {
        throw .notFinite(argument: "matrix \(first + b)", position: "\(error)")
      }
      for j in 0..<order { values[b * order + j] = eigen.values[j] }
      guard let vectors else { continue }
      let turned = (try? LU(eigen.vectorRows)).map { $0.determinant < 0 } ?? false
      for j in 0..<order {
        let sign: Scalar = turned && j + 1 == order ? -1 : 1
        for i in 0..<order { vectors[(b * order + i) * order + j] = sign * eigen.vectorRows[j, i] }
      }
    }
  }
}
