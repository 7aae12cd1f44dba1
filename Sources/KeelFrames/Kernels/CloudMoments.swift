public import Keel

/// The centroids and scatters of clouds of points.
///
///     t = (1/n) Σ_i x_i,     C = Σ_i (x_i - t)(x_i - t)ᵀ,
///
/// or, about the origin, t = 0 and `C = Σ_i x_i x_iᵀ`.
public struct CloudMoments<Scalar: FrameScalar>: Sendable {
  /// The centroids, a row a cloud; zeros about the origin.
  public let centers: Matrix<Scalar>
  /// The scatters, d × d and symmetric to the last bit, not divided by the number of points.
  public let scatters: MatrixBatch<Scalar>

  /// The moments of each cloud.
  ///
  /// - Parameters:
  ///   - clouds: the clouds.
  ///   - centered: whether about the centroid, rather than about the origin.
  /// - Complexity: O(n d²) for n points in all.
  /// - Throws: ``FrameError/empty(argument:)`` if a cloud has no points; ``FrameError/notFinite(argument:position:)``
  ///   if a coordinate or a moment is not finite.
  public init(_ clouds: PointClouds<Scalar>, centered: Bool = true) throws(FrameError) {
    let d = clouds.dimension
    var centers = Matrix<Scalar>(zeros: clouds.count, d)
    var scatters = MatrixBatch<Scalar>(zeros: clouds.count, rows: d, columns: d)
    for b in 0..<clouds.count {
      let range = clouds.starts[b]..<clouds.starts[b + 1]
      guard !range.isEmpty else { throw .empty(argument: "cloud \(b)") }
      if centered {
        for j in 0..<d {
          centers[b, j] = range.reduce(0) { $0 + clouds.points[$1, j] } / Scalar(range.count)
        }
      }
      for i in range {
        for j in 0..<d {
          for k in 0..<d {
            scatters[b, j, k] +=
              (clouds.points[i, j] - centers[b, j]) * (clouds.points[i, k] - centers[b, k])
          }
        }
      }
      guard scatters[b].allFinite, centers.rowArray(b).allSatisfy(\.isFinite) else {
        throw .notFinite(argument: "cloud \(b)", position: "one of its points")
      }
    }
    self.centers = centers
    self.scatters = scatters
  }
}

extension Matrix {
  /// Row i as an array.
  func rowArray(_ i: Int) -> [Scalar] { (0..<columns).map { self[i, $0] } }
}

extension MatrixView {
  /// Whether no element is a NaN or an infinity.
  var allFinite: Bool {
    (0..<rows).allSatisfy { i in (0..<columns).allSatisfy { j in self[i, j].isFinite } }
  }
}
