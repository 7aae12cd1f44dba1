import CReference
import Foundation
import Keel
import KeelSimplex

extension Workload {
  /// The projection of single rows onto the simplex.
  ///
  /// - `simplexcondat`: a row from one of the three laws in Condat's paper, beside his algorithm in C
  ///   (`-rawC`); of short rows several, lest the CPU learn by heart how their comparisons turn out.
  /// - `simplexgeometric`: a row of which the distances from its maximum are a geometric sequence, in the
  ///   orders and proportions that algorithms of this kind like least; beside it a row of normal scores.
  static let simplexRows: [Workload] = Law.allCases.flatMap(laws) + geometric

  private static func laws(_ law: Law) -> [Workload] {
    [1_000, 10_000, 100_000, 1_000_000, 10_000_000].flatMap { count in
      let name = "simplexcondat-\(law.rawValue)-\(count)-double"
      return [keel(name, count, law.row), condat(name + "-rawC", count, law.row)]
    }
  }

  private static var geometric: [Workload] {
    [keel("simplexsparsemax-1x\(long)", long) { Matrix<Float>.sample(1, $0, seed: 12).elements }]
      + Order.allCases.map { keel("simplexgeometric-1x\(long)-\($0.rawValue)", long, $0.row) }
  }

  private static let long = 1_000_000

  private static func keel<Scalar: SimplexScalar>(
    _ name: String, _ count: Int, _ row: @escaping @Sendable (Int) -> [Scalar]
  ) -> Workload {
    projection(name, count, row) { Sparsemax().project($0, threads: 1, into: &$1) }
  }

  private static func condat(
    _ name: String, _ count: Int, _ row: @escaping @Sendable (Int) -> [Double]
  ) -> Workload {
    projection(name, count, row) { scores, image in
      scores.withUnsafeElements { input in
        image.withUnsafeMutableElements { output in
          guard let input, let output else { return }
          for start in stride(from: 0, to: scores.count, by: scores.columns) {
            _ = reference_condat(scores.columns, input + start, 1, output + start)
          }
        }
      }
    }
  }

  private static func projection<Scalar: SimplexScalar>(
    _ name: String, _ count: Int, _ row: @escaping @Sendable (Int) -> [Scalar],
    _ project: @escaping @Sendable (Matrix<Scalar>, inout Matrix<Scalar>) -> Void
  ) -> Workload {
    let rows = max(1, 64_000 / count)
    let make: @Sendable () -> (scores: Matrix<Scalar>, image: Matrix<Scalar>) = {
      let scores = Matrix(rows: rows, columns: count, elements: row(rows * count))
      return (scores, Matrix(zeros: rows, count))
    }
    return Workload(name, Double(rows * count), .number) {
      var (scores, image) = make()
      return { repetitions in
        for _ in 0..<repetitions { project(scores, &image) }
        return Double(image[0, 0])
      }
    }.checked {
      var (scores, image) = make()
      project(scores, &image)
      return deviationFromSorting(image, scores)
    }
  }

  /// The laws in Condat's paper.
  private enum Law: String, CaseIterable, Sendable {
    /// Uniform on [0, 1).
    case uniform
    /// Standard normal.
    case normal
    /// Normal with standard deviation 10⁻³.
    case narrow

    func row(_ count: Int) -> [Double] {
      var stream = RandomStream(seed: 13)
      return switch self {
      case .uniform: stream.uniforms(count: count)
      case .normal: stream.normals(count: count)
      case .narrow: stream.normals(count: count).map { 1e-3 * $0 }
      }
    }
  }

  /// How a row whose distances from the maximum are a geometric sequence is laid out.
  private enum Order: String, CaseIterable, Sendable {
    /// From 1 below the maximum up to it, over 30 orders of magnitude: every entry is the largest so far.
    case ascending
    /// From the maximum down.
    case descending
    /// In random order.
    case shuffled
    /// Groups, each a tenth of what is left, at distances that shrink to less than a tenth from group to
    /// group, in random order: a step of Newton's method towards the threshold leaves out but one group.
    case nested

    func row(_ count: Int) -> [Float] {
      var stream = RandomStream(seed: 14)
      switch self {
      case .ascending: return (0..<count).map { -Float(exp(-69 * Double($0) / Double(count))) }
      case .descending: return Self.ascending.row(count).reversed()
      case .shuffled:
        var row = Self.ascending.row(count)
        stream.shuffle(&row)
        return row
      case .nested:
        var row: [Float] = []
        var distance: Float = 0.99
        while distance > 1e-30 {
          row += [Float](repeating: -distance, count: (count - row.count) / 10)
          distance *= 0.09
        }
        row += [Float](repeating: 0, count: count - row.count)
        stream.shuffle(&row)
        return row
      }
    }
  }
}

/// The largest difference of rows from the projections of scores onto the simplex, by sorting in Double.
func deviationFromSorting<Scalar: SimplexScalar>(
  _ images: Matrix<Scalar>, _ scores: Matrix<Scalar>
) -> Double {
  var worst = 0.0
  for row in 0..<scores.rows {
    let x = (0..<scores.columns).map { Double(scores[row, $0]) }
    let shift = x.max() ?? 0
    var (sum, threshold) = (0.0, 0.0)
    for (index, value) in x.map({ $0 - shift }).sorted(by: >).enumerated() {
      let candidate = (sum + value - 1) / Double(index + 1)
      guard candidate < value else { break }
      sum += value
      threshold = candidate
    }
    for (column, value) in x.enumerated() {
      let deviation = abs(Double(images[row, column]) - max(value - shift - threshold, 0))
      // A deviation that is NaN has to show.
      if !(deviation <= worst) { worst = deviation }
    }
  }
  return worst
}
