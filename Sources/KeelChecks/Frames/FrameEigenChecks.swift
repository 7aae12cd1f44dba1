import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// The kernel that all frames of points come from.
  static let eigen = Check(
    id: "frames.eigen",
    statement:
      "A = V diag(λ) Vᵀ and VᵀV = 1 to a few roundings for small symmetric matrices of every kind, by thousands.",
    source: "The definition; the kernel is Jacobi's method (1846) on many matrices side by side",
    // At full effort 500 batches of 20 000: ten million matrices.
    trials: [.quick: 7, .standard: 56, .full: 500]
  ) { context -> [Comparison] in
    let count = [Effort.quick: 500, .standard: 4000, .full: 20_000][context.effort] ?? 500
    let kind = MatrixKind.allCases[context.index % MatrixKind.allCases.count]
    // Mostly 3 × 3; in every fourth round of kinds another order, with as many numbers in all.
    let round = context.index / MatrixKind.allCases.count
    let order = round % 4 == 3 ? [2, 4, 5, 6, 8, 16][round / 4 % 6] : 3
    var stream = context.stream
    let matrices = kind.matrices(max(1, count * 9 / (order * order)), order: order, using: &stream)
    let eigen = try SmallSymmetricEigen(matrices)
    let errors = EigenErrors(matrices, eigen)
    let parameters: Parameters = [
      "kind": .text(kind.rawValue), "d": .integer(order), "matrices": .integer(matrices.count),
    ]
    // For 3 × 3 what four sweeps of three rotations each leave, as an acceptance of the kernel; sums of squares of d²
    // entries, each turned by d rotations a sweep, grow in proportion to d.
    let size = max(1, Double(order) / 3)
    return [
      .atMost(errors.residual, 1e-15 * size, tolerance: 0, part: "‖AV - VΛ‖ / ‖A‖", parameters: parameters),
      .atMost(errors.orthogonality, 3e-15 * size, tolerance: 0, part: "‖VᵀV - 1‖", parameters: parameters),
      .atMost(errors.disorder, 0, tolerance: 0, part: "λ ascends", parameters: parameters),
      .atMost(
        try lapackDifference(matrices, eigen), 4e-15 * size, tolerance: 0, part: "λ of LAPACK, over ‖A‖",
        parameters: parameters),
    ]
  }

  /// The largest difference of eigenvalues from those of LAPACK, of the first matrices.
  private static func lapackDifference(
    _ matrices: MatrixBatch<Double>, _ eigen: SmallSymmetricEigen<Double>
  ) throws -> Double {
    var worst = 0.0
    for b in 0..<min(200, matrices.count) {
      let expected = try SymmetricEigen(matrices[b], vectors: false).values
      let norm = max(matrices[b].frobeniusNorm, .leastNormalMagnitude)
      for (j, value) in expected.enumerated() {
        worst = max(worst, (value - eigen.values[b, j]).magnitude / norm)
      }
    }
    return worst
  }
}

/// The kinds of symmetric matrices that a kernel may find hard.
enum MatrixKind: String, CaseIterable {
  /// Normal entries.
  case normal
  /// Covariances of d points: full rank, ill-conditioned.
  case fewPoints
  /// Covariances of sixty points.
  case manyPoints
  /// Two eigenvalues that differ by 1e-8, in random axes.
  case closePair
  /// Two equal eigenvalues, in random axes.
  case doubleEigenvalue
  /// Entries over sixteen decades.
  case wideRange
  /// A multiple of the identity, and 1e-3 or 1e-8 of something else.
  case nearlyIsotropic

  /// Random matrices of the kind.
  func matrices(_ count: Int, order: Int, using stream: inout RandomStream) -> MatrixBatch<Double> {
    let length = order * order
    var elements = [Double](repeating: 0, count: count * length)
    for b in 0..<count {
      let block = matrix(order, using: &stream)
      for i in 0..<order {
        // Both triangles have the same bits.
        for j in 0..<order { elements[b * length + i * order + j] = block[min(i, j), max(i, j)] }
      }
    }
    return MatrixBatch(count: count, rows: order, columns: order, elements: elements)
  }

  private func matrix(_ order: Int, using stream: inout RandomStream) -> Matrix<Double> {
    switch self {
    case .normal: return .randomNormal(rows: order, columns: order, using: &stream)
    case .fewPoints, .manyPoints:
      let rows = self == .fewPoints ? order : 60
      let points = Matrix<Double>.randomNormal(rows: rows, columns: order, using: &stream)
      return points.gram()
    case .closePair, .doubleEigenvalue:
      let axes = Matrix<Double>.randomOrthogonal(order, using: &stream)
      var values: [Double] = stream.normals(count: order)
      values[order - 1] = values[0] * (self == .closePair ? 1 + 1e-8 : 1)
      return axes.scalingColumns(by: values) * axes.transposed
    case .wideRange:
      return Matrix(rows: order, columns: order) { _, _ in
        let size = Double.exp10(stream.uniform(in: -8.0..<8))
        return stream.uniform() < 0.5 ? -size : size
      }
    case .nearlyIsotropic:
      let part = stream.uniform() < 0.5 ? 1e-3 : 1e-8
      let size = Double.exp(stream.normal())
      let noise: [Double] = stream.normals(count: order * order)
      return Matrix(rows: order, columns: order) { i, j in
        size * ((i == j ? 1 : 0) + part * noise[i * order + j])
      }
    }
  }
}

/// The largest errors of many eigendecompositions.
private struct EigenErrors {
  private(set) var residual = 0.0
  private(set) var orthogonality = 0.0
  /// By how much an eigenvalue is above the next one.
  private(set) var disorder = 0.0

  init(_ matrices: MatrixBatch<Double>, _ eigen: SmallSymmetricEigen<Double>) {
    let d = matrices.rows
    let (a, v, values) = (matrices.elements, eigen.vectors.elements, eigen.values.elements)
    a.withUnsafeBufferPointer { a in
      v.withUnsafeBufferPointer { v in
        values.withUnsafeBufferPointer { values in
          for b in 0..<matrices.count {
            let (start, row) = (b &* d &* d, b &* d)
            var (norm, error, gram) = (0.0, 0.0, 0.0)
            for i in 0..<d {
              for j in 0..<d {
                var (product, inner) = (0.0, i == j ? -1.0 : 0)
                for k in 0..<d {
                  product += a[start &+ i &* d &+ k] * v[start &+ k &* d &+ j]
                  inner += v[start &+ k &* d &+ i] * v[start &+ k &* d &+ j]
                }
                let difference = product - v[start &+ i &* d &+ j] * values[row &+ j]
                error += difference * difference
                gram += inner * inner
                norm += a[start &+ i &* d &+ j] * a[start &+ i &* d &+ j]
              }
              if i > 0 { disorder = max(disorder, values[row &+ i &- 1] - values[row &+ i]) }
            }
            // A matrix of zeros has no residual.
            residual = max(residual, norm > 0 ? (error / norm).squareRoot() : error)
            orthogonality = max(orthogonality, gram.squareRoot())
          }
        }
      }
    }
  }
}
