public import Keel

/// The centroids and scatters of clouds of points.
///
///     t = (1/n) Σ_i x_i,     C = Σ_i (x_i - t)(x_i - t)ᵀ,
///
/// or, about the origin, t = 0 and `C = Σ_i x_i x_iᵀ`.
///
/// One pass over the points, relative to the first of them; a second one where that point is far outside, so that
/// digits would cancel. The error of C is a few units of rounding of its trace, however far away the cloud is. Sums
/// are kept in double precision, also for Float.
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
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(n d²) for n points in all.
  /// - Throws: ``FrameError/empty(argument:)`` if a cloud has no points; ``FrameError/notFinite(argument:position:)``
  ///   if a coordinate or a moment is not finite.
  public init(_ clouds: PointClouds<Scalar>, centered: Bool = true, threads: Int? = nil) throws(FrameError) {
    try clouds.requirePoints()
    let d = clouds.dimension
    var centers = Matrix<Scalar>(zeros: clouds.count, d)
    var scatters = MatrixBatch<Scalar>(zeros: clouds.count, rows: d, columns: d)
    try centers.withPointer { (center) throws(FrameError) in
      try scatters.withPointer { (scatter) throws(FrameError) in
        nonisolated(unsafe) let (center, scatter) = (center, scatter)
        try clouds.forEachChunk(threads: threads) { (rows, first) throws(FrameError) in
          try Self.compute(
            rows, first: first, centered: centered, center + first * d, scatter + first * d * d)
        }
      }
    }
    self.centers = centers
    self.scatters = scatters
  }

  /// The moments of some clouds into memory that is there, on this thread.
  ///
  /// - Parameters:
  ///   - points: the coordinates of all points, a point after the other.
  ///   - starts: where each cloud begins, in points, and where the last one ends; ascending.
  ///   - dimension: d, the number of coordinates of a point.
  ///   - centered: whether about the centroid, rather than about the origin.
  ///   - centers: receives the centroids, d numbers a cloud.
  ///   - scatters: receives the scatters, d × d numbers a cloud.
  /// - Complexity: O(n d²) for n points in all, without allocations up to d = 16.
  /// - Throws: as ``init(_:centered:threads:)``; what has been written is then unspecified.
  /// - Precondition: the sizes fit.
  public static func compute(
    _ points: Span<Scalar>, starts: Span<Int>, dimension: Int, centered: Bool = true,
    centers: inout MutableSpan<Scalar>, scatters: inout MutableSpan<Scalar>
  ) throws(FrameError) {
    let count = starts.count - 1
    precondition(
      centers.count == count * dimension && scatters.count == count * dimension * dimension,
      "Moments need d and d × d numbers a cloud")
    try withCloudRows(points, starts: starts, dimension: dimension, needsPoints: true) {
      (rows) throws(FrameError) in
      try centers.withPointer { (center) throws(FrameError) in
        try scatters.withPointer { (scatter) throws(FrameError) in
          try compute(rows, first: 0, centered: centered, center, scatter)
        }
      }
    }
  }

  /// The moments of some clouds, the first of which is number `first` in errors.
  static func compute(
    _ clouds: CloudRows<Scalar>, first: Int, centered: Bool, _ centers: UnsafeMutablePointer<Scalar>,
    _ scatters: UnsafeMutablePointer<Scalar>
  ) throws(FrameError) {
    let strange =
      clouds.dimension <= Scalar.frameKernelLimit
      ? Scalar.cloudMoments(clouds, centered: centered, centers, scatters)
      : Parallel.withSingleThreadedBLAS { clouds.wideMoments(centered: centered, centers, scatters) }
    guard strange == clouds.count else {
      throw .notFinite(argument: "cloud \(first + strange)", position: clouds.strangePosition(strange))
    }
  }
}
