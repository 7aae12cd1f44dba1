public import Keel

/// The eigendecompositions `A = V diag(λ) Vᵀ` of many small symmetric matrices.
public struct SmallSymmetricEigen<Scalar: FrameScalar>: Sendable {
  /// The eigenvalues, a row a matrix, ascending.
  public let values: Matrix<Scalar>
  /// V, a column an eigenvector, in the order of the values; the sign of each is arbitrary.
  public let vectors: MatrixBatch<Scalar>

  /// The decompositions of symmetric matrices, of which the upper triangle is read.
  ///
  /// - Precondition: the matrices are square.
  /// - Throws: ``FrameError/notFinite(argument:position:)``.
  public init(_ matrices: MatrixBatch<Scalar>) throws(FrameError) {
    precondition(matrices.rows == matrices.columns, "Only square matrices have eigenvalues")
    let d = matrices.rows
    var values = Matrix<Scalar>(zeros: matrices.count, d)
    var vectors = MatrixBatch<Scalar>(zeros: matrices.count, rows: d, columns: d)
    for b in 0..<matrices.count {
      do {
        let eigen = try SymmetricEigen(matrices[b])
        for j in 0..<d {
          values[b, j] = eigen.values[j]
          for i in 0..<d { vectors[b, i, j] = eigen.vectorRows[j, i] }
        }
      } catch {
        throw .notFinite(argument: "matrix \(b)", position: "\(error)")
      }
    }
    self.values = values
    self.vectors = vectors
  }
}
