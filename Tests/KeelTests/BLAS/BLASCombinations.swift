import Keel
import TestSupport

/// Values of alpha and beta: zero, one and others. With `beta == 0` the old content is NaN, which must
/// not be seen.
struct Scales: Sendable {
  var alpha: Double
  var beta: Double

  static let all = [
    Scales(alpha: 1, beta: 0), Scales(alpha: -0.5, beta: 0), Scales(alpha: 1, beta: 1),
    Scales(alpha: 2, beta: -0.75), Scales(alpha: 0, beta: 1.5), Scales(alpha: 0, beta: 0),
  ]

  /// One of ``all`` for each number, so that every case meets all of them over many shapes.
  static func cycled(_ index: Int) -> Scales { all[index % all.count] }

  /// Content for a result that is about to be overwritten or accumulated into.
  func content<S: RealScalar>(_ rows: Int, _ columns: Int, _ random: inout SplitMix) -> Matrix<S> {
    beta == 0 ? Matrix(repeating: .nan, rows: rows, columns: columns) : random.matrix(rows, columns)
  }
}

extension BLAS.Triangle {
  /// Whether the triangle holds the element `(i, j)`.
  func contains(_ i: Int, _ j: Int) -> Bool { self == .upper ? i <= j : i >= j }
}

extension Matrix {
  /// The matrix that a function sees that reads one triangle as symmetric.
  func symmetric(_ triangle: BLAS.Triangle) -> Matrix {
    Matrix(rows: rows, columns: columns) { triangle.contains($0, $1) ? self[$0, $1] : self[$1, $0] }
  }

  /// The matrix that a function sees that reads one triangle and takes the other one as zero.
  func triangular(_ triangle: BLAS.Triangle, unit: Bool) -> Matrix {
    Matrix(rows: rows, columns: columns) { i, j in
      unit && i == j ? 1 : triangle.contains(i, j) ? self[i, j] : 0
    }
  }

  /// NaN wherever a function must not look.
  func poisoned(outside triangle: BLAS.Triangle, unit: Bool = false) -> Matrix {
    Matrix(rows: rows, columns: columns) { i, j in
      triangle.contains(i, j) && !(unit && i == j) ? self[i, j] : .nan
    }
  }

  /// A square matrix whose triangles are safely invertible.
  static func withLargeDiagonal(_ size: Int, _ random: inout SplitMix) -> Matrix {
    var a: Matrix = random.matrix(size, size)
    for i in 0..<size { a[i, i] = a[i, i] < 0 ? a[i, i] - 1 : a[i, i] + 1 }
    return a
  }

  /// The column as a matrix with one column.
  init(vector: some Collection<Scalar>) { self.init(column: Array(vector)) }
}
