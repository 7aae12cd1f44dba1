import Keel
import KeelFrames

extension Workload {
  /// Principal axes of clouds, and eigenproblems of small matrices, into memory that is there.
  ///
  /// - `frameaxes-1024x512`: centroids, scatters and their eigendecompositions of 1024 clouds of 512 points of space.
  /// - `frameeigen-10000x3`: eigendecompositions of 10,000 symmetric matrices of order 3, with eigenvectors.
  ///
  /// In Double, or with `-float`. A deviation is the largest residual `‖AV - V diag(λ)‖ / ‖A‖`.
  static let frameKernels: [Workload] =
    [(1024, 512), (64, 2048), (10_000, 32)].flatMap { size in
      [axes(size, Double.self), axes(size, Float.self)]
    }
    + [2, 3, 4, 8].flatMap { order in [eigen(order, Double.self), eigen(order, Float.self)] }

  private static func suffix<Scalar: FrameScalar>(_: Scalar.Type) -> String {
    Scalar.self == Float.self ? "-float" : ""
  }

  private static func axes<Scalar: FrameScalar>(
    _ size: (clouds: Int, points: Int), _: Scalar.Type
  ) -> Workload {
    Workload("frameaxes-\(size.clouds)x\(size.points)\(suffix(Scalar.self))", Double(size.clouds), .outcome) {
      let points = Matrix<Scalar>.sample(size.clouds * size.points, 3, seed: 31)
      let starts = (0...size.clouds).map { $0 * size.points }
      var centers = Matrix<Scalar>(zeros: size.clouds, 3)
      var values = Matrix<Scalar>(zeros: size.clouds, 3)
      var axes = MatrixBatch<Scalar>(zeros: size.clouds, rows: 3, columns: 3)
      return { repetitions in
        for _ in 0..<repetitions {
          try centers.withMutableSpan { centers throws(FrameError) in
            try values.withMutableSpan { values throws(FrameError) in
              try axes.withMutableSpan { axes throws(FrameError) in
                try CloudPrincipalAxes.compute(
                  points.elements.span, starts: starts.span, dimension: 3, centers: &centers,
                  values: &values, axes: &axes)
              }
            }
          }
        }
        return Double(values[0, 0])
      }
    }
  }

  /// Scatters of 60 normal points each.
  private static func scatters<Scalar: FrameScalar>(
    _ order: Int, _: Scalar.Type
  ) throws -> MatrixBatch<Scalar> {
    let points = Matrix<Scalar>.sample(10_000 * 60, order, seed: 32)
    return try CloudMoments(
      PointClouds(points: points, starts: (0...10_000).map { $0 * 60 })
    ).scatters
  }

  private static func eigen<Scalar: FrameScalar>(_ order: Int, _: Scalar.Type) -> Workload {
    Workload("frameeigen-10000x\(order)\(suffix(Scalar.self))", 10_000, .outcome) {
      let matrices = try scatters(order, Scalar.self)
      var values = Matrix<Scalar>(zeros: matrices.count, order)
      var vectors = MatrixBatch<Scalar>(zeros: matrices.count, rows: order, columns: order)
      return { repetitions in
        for _ in 0..<repetitions {
          try values.withMutableSpan { values throws(FrameError) in
            try vectors.withMutableSpan { vectors throws(FrameError) in
              try SmallSymmetricEigen.decompose(
                matrices.elements.span, order: order, values: &values, vectors: &vectors)
            }
          }
        }
        return Double(values[0, 0])
      }
    }
    .checked {
      let matrices = try scatters(order, Scalar.self)
      let eigen = try SmallSymmetricEigen(matrices)
      return (0..<matrices.count).reduce(0) { worst, b in
        let (a, v) = (
          Matrix<Double>(converting: Matrix(matrices[b])),
          Matrix<Double>(converting: Matrix(eigen.vectors[b]))
        )
        let values = (0..<order).map { Double(eigen.values[b, $0]) }
        let rest = a * v - v * Matrix(diagonal: values)
        return max(worst, rest.frobeniusNorm / a.frobeniusNorm)
      }
    }
  }
}
