import Keel

/// A worked example: a problem without random numbers, and a head to fine-tune from.
public struct TransferExample: Sendable {
  /// The problem.
  public let problem: LinearTransferProblem
  /// The head at the start of fine-tuning.
  public let head: [Double]

  /// Three features in twenty dimensions and ten training inputs, made of integer patterns that look
  /// random, so that any program can build the same problem to the last digits.
  ///
  /// With `P(rows, a, b, e, M)` the matrix of `((a(i+1)(j+1) + b(i+1)² + e(j+1)) mod M) - (M - 1)/2` and
  /// Gram-Schmidt on rows with positive pivots, `B* = GS(P(3, 7, 3, 5, 17))`, `B₀ = GS(B* + δP₂/‖P₂‖)`
  /// with `P₂ = P(3, 11, 5, 2, 19)`, and X is `P₃/20` or `GS(P₃)` with `P₃ = P(10, 13, 7, 3, 23)`. The
  /// true head is (1, -½, ¾), the head at the start (½, ¼, -½).
  ///
  /// - Parameters:
  ///   - distortion: δ, how far pretraining is from the truth, before Gram-Schmidt; at least 0.
  ///   - whitened: whether the singular values of X are all 1. The span is the same.
  /// - Throws: ``TransferError`` if the distortion is negative or not finite.
  public static func patterned(
    distortion: Double, whitened: Bool
  ) throws(TransferError) -> TransferExample {
    guard distortion >= 0, distortion.isFinite else {
      throw .outOfRange(argument: "distortion", reason: "must be a finite number, at least 0")
    }
    let change = pattern(3, 11, 5, 2, 19)
    let inputs = pattern(10, 13, 7, 3, 23)
    let truth = gramSchmidt(pattern(3, 7, 3, 5, 17))
    let size = try linearAlgebra { () throws(LinearAlgebraError) in
      try SVD(change, vectors: .none).singularValues[0]
    }
    return TransferExample(
      problem: try LinearTransferProblem(
        inputs: whitened ? gramSchmidt(inputs) : inputs / 20,
        pretrainedFeatures: gramSchmidt(truth + (distortion / size) * change), trueFeatures: truth,
        trueHead: [1, -0.5, 0.75]),
      head: [0.5, 0.25, -0.5])
  }

  private static func pattern(_ rows: Int, _ a: Int, _ b: Int, _ e: Int, _ modulus: Int) -> Matrix<Double> {
    Matrix(rows: rows, columns: 20) { i, j in
      let value = a * (i + 1) * (j + 1) + b * (i + 1) * (i + 1) + e * (j + 1)
      return Double(value % modulus - (modulus - 1) / 2)
    }
  }

  /// Gram-Schmidt on the rows with positive pivots, run twice for orthogonality to rounding.
  private static func gramSchmidt(_ matrix: Matrix<Double>) -> Matrix<Double> {
    var rows = (0..<matrix.rows).map { Array(matrix.row($0)) }
    for _ in 0..<2 {
      for i in rows.indices {
        for j in 0..<i { BLAS.axpy(-BLAS.dot(rows[i], rows[j]), rows[j], into: &rows[i]) }
        let norm = BLAS.nrm2(rows[i])
        rows[i] = rows[i].map { $0 / norm }
      }
    }
    return Matrix(rows: rows)
  }
}
