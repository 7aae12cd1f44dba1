import Keel
import KeelTransfer

/// Deterministic problems without random numbers, whose paths were computed independently with another
/// language and two other integrators.
enum ReferenceProblem {
  /// Raw inputs, `κ(X) = 3.9`.
  static let a = Result { try problem(whitened: false, distortion: 0.1) }
  /// The same span of inputs, whitened.
  static let b = Result { try problem(whitened: true, distortion: 0.1) }
  /// Example a with perfect pretrained features.
  static let perfect = Result { try problem(whitened: false, distortion: 0) }
  /// The head at the start of fine-tuning.
  static let head = [0.5, 0.25, -0.5]

  /// An integer pattern that looks random: `((a(i+1)(j+1) + b(i+1)² + e(j+1)) mod M) - (M-1)/2`.
  static func pattern(_ rows: Int, _ columns: Int, _ a: Int, _ b: Int, _ e: Int, _ modulus: Int) -> Matrix<
    Double
  > {
    Matrix(rows: rows, columns: columns) { i, j in
      let value = a * (i + 1) * (j + 1) + b * (i + 1) * (i + 1) + e * (j + 1)
      return Double(value % modulus - (modulus - 1) / 2)
    }
  }

  /// Gram-Schmidt on the rows with positive pivots, run twice.
  static func gramSchmidt(_ matrix: Matrix<Double>) -> Matrix<Double> {
    var rows = (0..<matrix.rows).map { Array(matrix.row($0)) }
    for _ in 0..<2 {
      for i in rows.indices {
        for j in 0..<i {
          let inner = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }
          rows[i] = zip(rows[i], rows[j]).map { $0 - inner * $1 }
        }
        let norm = rows[i].reduce(0) { $0 + $1 * $1 }.squareRoot()
        rows[i] = rows[i].map { $0 / norm }
      }
    }
    return Matrix(rows: rows)
  }

  /// The problem with inputs raw or whitened, and pretrained features off by a given distortion.
  static func problem(whitened: Bool = false, distortion: Double) throws -> LinearTransferProblem {
    let p2 = pattern(3, 20, 11, 5, 2, 19)
    let p3 = pattern(10, 20, 13, 7, 3, 23)
    let truth = gramSchmidt(pattern(3, 20, 7, 3, 5, 17))
    let spectralNorm = try SVD(p2).singularValues[0]
    let pretrained = gramSchmidt(truth + (distortion / spectralNorm) * p2)
    return try LinearTransferProblem(
      inputs: whitened ? gramSchmidt(p3) : p3 / 20, pretrainedFeatures: pretrained, trueFeatures: truth,
      trueHead: [1, -0.5, 0.75])
  }

  /// A problem small enough to follow by hand.
  static func tiny() throws -> LinearTransferProblem {
    let features: Matrix<Double> = [[0.6, 0, 0, 0.8, 0, 0], [0, 0.6, 0, 0, 0.8, 0]]
    return try LinearTransferProblem(
      inputs: [[1, 0, 0, 0, 0, 0], [0, 0.5, 0, 0, 0, 0], [0, 0, 2, 0, 0, 0]],
      pretrainedFeatures: features, trueFeatures: features, trueHead: [1, -1])
  }
}

/// Whether two numbers agree to an absolute tolerance; a NaN never does.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool { (a - b).magnitude <= tolerance }

/// Whether two lists of numbers agree to an absolute tolerance.
func agree(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { agree($0, $1, tolerance) }
}
