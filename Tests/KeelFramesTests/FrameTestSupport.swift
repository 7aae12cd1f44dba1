import Foundation
import Keel
import KeelFrames
import Testing

/// The functions of which the averages are known.
enum TestFunctions {
  /// `Σ_i sin(0.3(i + 1) + Σ_j (i + 1)/(j + 2) y_ij)`.
  static func scalar(_ y: Matrix<Double>) -> [Double] {
    var sum = 0.0
    for i in 0..<y.rows {
      var argument = 0.3 * Double(i + 1)
      for j in 0..<y.columns { argument += Double(i + 1) / Double(j + 2) * y[i, j] }
      sum += sin(argument)
    }
    return [sum]
  }

  /// A cloud: `sin(0.3(i + 1) + (i + 1)/(j + 2) y_ij)`, a shifted column and a product of columns.
  static func points(_ y: Matrix<Double>) -> Matrix<Double> {
    let d = y.columns
    return Matrix(rows: y.rows, columns: d) { i, j in
      sin(0.3 * Double(i + 1) + Double(i + 1) / Double(j + 2) * y[i, j])
        + 0.1 * Double(j + 1) * y[i, (j + 1) % d] + 0.05 * y[i, 0] * y[i, d - 1]
    }
  }

  /// The same as a function of fields.
  static func fields(_ inputs: [Field<Double>]) -> [Field<Double>] {
    [Field(.point, points(inputs[0].values))]
  }
}

extension Matrix where Scalar == Double {
  /// The root of the sum of squares.
  var frobenius: Double { elements.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Independent normals.
  static func normals(_ rows: Int, _ columns: Int, _ stream: inout RandomStream) -> Matrix {
    Matrix(rows: rows, columns: columns) { _, _ in stream.normal() }
  }
}

/// How many times as many trials as usual the random tests run: the variable `KEEL_FRAME_TRIALS`, or 1.
let trialFactor = max(1, Int(ProcessInfo.processInfo.environment["KEEL_FRAME_TRIALS"] ?? "") ?? 1)
