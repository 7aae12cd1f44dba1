import Foundation
import Keel
import KeelFrames
import TestSupport

/// The functions of a canonical cloud by which frames are compared with values computed elsewhere.
enum SampleFunction {
  static func coefficients(_ i: Int, _ j: Int) -> (b: Double, c: Double) {
    (0.3 * Double(i + 1), Double(i + 1) / Double(j + 2))
  }

  /// `Σ_i sin(b_i + Σ_j c_ij y_ij)` and its gradient.
  static func scalar(_ y: Matrix<Double>) -> (value: Double, gradient: Matrix<Double>) {
    var value = 0.0
    var gradient = Matrix<Double>(zeros: y.rows, y.columns)
    for i in 0..<y.rows {
      var argument = coefficients(i, 0).b
      for j in 0..<y.columns { argument += coefficients(i, j).c * y[i, j] }
      value += sin(argument)
      for j in 0..<y.columns { gradient[i, j] = coefficients(i, j).c * cos(argument) }
    }
    return (value, gradient)
  }
}

/// A random function of a few fields with outputs of given kinds, a network of one hidden layer, and its pullback.
struct RandomFieldFunction {
  let network: MultilayerPerceptron<Double>
  let outputs: [(kind: FieldKind, rows: Int, columns: Int)]

  init(
    inputs: Int, outputs: [(kind: FieldKind, rows: Int, columns: Int)], using stream: inout RandomStream
  ) {
    let count = outputs.reduce(0) { $0 + $1.rows * $1.columns }
    network = MultilayerPerceptron(
      randomWidths: [inputs, 12, max(count, 1)], activation: .tanh, using: &stream)
    self.outputs = outputs
  }

  func callAsFunction(_ inputs: [Field<Double>]) -> [Field<Double>] {
    var rest = network(inputs.flatMap(\.values.elements))[...]
    return outputs.map { kind, rows, columns in
      defer { rest = rest.dropFirst(rows * columns) }
      return Field(kind, Matrix(rows: rows, columns: columns, elements: Array(rest.prefix(rows * columns))))
    }
  }

  func withPullback(
    _ inputs: [Field<Double>]
  ) -> (outputs: [Field<Double>], pullback: ([Matrix<Double>]) -> [Matrix<Double>]) {
    let row = Matrix(row: inputs.flatMap(\.values.elements))
    return (
      self(inputs),
      { cotangents in
        var rest = network.pullback(Matrix(row: cotangents.flatMap(\.elements)), at: row).elements[...]
        return inputs.map { field in
          let count = field.values.rows * field.values.columns
          defer { rest = rest.dropFirst(count) }
          return Matrix(
            rows: field.values.rows, columns: field.values.columns, elements: Array(rest.prefix(count)))
        }
      }
    )
  }
}

/// A cloud of normal points.
func normalCloud(_ n: Int, _ d: Int, using stream: inout RandomStream) -> Matrix<Double> {
  Matrix(rows: n, columns: d) { _, _ in stream.normal() }
}

/// The derivative of a function of a matrix by central differences of fourth order: with the step 2⁻¹⁰ errors of
/// truncation and of rounding are both about 1e-12 times the size of the function and its fifth derivatives.
func centralDifferences(
  at x: Matrix<Double>, step h: Double = 0x1p-10, _ function: (Matrix<Double>) throws -> Double
) rethrows -> Matrix<Double> {
  try Matrix(rows: x.rows, columns: x.columns) { i, j in
    func value(_ shift: Double) throws -> Double {
      var moved = x
      moved[i, j] += shift
      return try function(moved)
    }
    return try (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
  }
}
