public import Keel

/// The principal axes of clouds of points: centroids, and the eigenvalues and eigenvectors of scatters.
///
/// For each cloud X, n × d, with the centroid t and `C = Σ_i (x_i - t)(x_i - t)ᵀ = V diag(λ) Vᵀ`. The canonical cloud
/// is `(X - 1tᵀ) V`; see ``PointClouds/canonical(_:threads:)``.
public struct CloudPrincipalAxes<Scalar: FrameScalar>: Sendable {
  /// The centroids t, a row a cloud; zeros about the origin.
  public let centers: Matrix<Scalar>
  /// The eigenvalues λ of the scatters, a row a cloud, ascending. Not divided by the number of points.
  public let values: Matrix<Scalar>
  /// V, a column an axis, in the order of the values; rotations, `det V = 1`.
  public let axes: MatrixBatch<Scalar>

  /// The number of clouds.
  public var count: Int { axes.count }

  /// d.
  public var dimension: Int { axes.rows }

  /// The axes of each cloud: ``CloudMoments``, and ``SmallSymmetricEigen`` of the scatters while they are in cache.
  ///
  /// - Parameters:
  ///   - clouds: the clouds.
  ///   - centered: whether about the centroid, rather than about the origin.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result is the same for any.
  /// - Complexity: O(n d² + B d³) for B clouds of n points in all.
  /// - Throws: ``FrameError/empty(argument:)`` if a cloud has no points; ``FrameError/notFinite(argument:position:)``
  ///   if a coordinate or a moment is not finite.
  public init(_ clouds: PointClouds<Scalar>, centered: Bool = true, threads: Int? = nil) throws(FrameError) {
    try clouds.requirePoints()
    let d = clouds.dimension
    var centers = Matrix<Scalar>(zeros: clouds.count, d)
    var values = Matrix<Scalar>(zeros: clouds.count, d)
    var axes = MatrixBatch<Scalar>(zeros: clouds.count, rows: d, columns: d)
    try centers.withPointer { (center) throws(FrameError) in
      try values.withPointer { (value) throws(FrameError) in
        try axes.withPointer { (axis) throws(FrameError) in
          nonisolated(unsafe) let (center, value, axis) = (center, value, axis)
          try clouds.forEachChunk(threads: threads) { (rows, first) throws(FrameError) in
            try Self.compute(
              rows, first: first, centered: centered, center + first * d, value + first * d,
              axis + first * d * d)
          }
        }
      }
    }
    self.centers = centers
    self.values = values
    self.axes = axes
  }

  /// The axes of some clouds into memory that is there, on this thread.
  ///
  /// - Parameters:
  ///   - points: the coordinates of all points, a point after the other.
  ///   - starts: where each cloud begins, in points, and where the last one ends; ascending.
  ///   - dimension: d, the number of coordinates of a point.
  ///   - centered: whether about the centroid, rather than about the origin.
  ///   - centers: receives the centroids, d numbers a cloud.
  ///   - values: receives the eigenvalues, d numbers a cloud, ascending.
  ///   - axes: receives the matrices V by rows, d × d numbers a cloud.
  /// - Complexity: as ``init(_:centered:threads:)``, without allocations up to d = 16.
  /// - Throws: as ``init(_:centered:threads:)``; what has been written is then unspecified.
  /// - Precondition: the sizes fit.
  public static func compute(
    _ points: Span<Scalar>, starts: Span<Int>, dimension: Int, centered: Bool = true,
    centers: inout MutableSpan<Scalar>, values: inout MutableSpan<Scalar>, axes: inout MutableSpan<Scalar>
  ) throws(FrameError) {
    let count = starts.count - 1
    precondition(
      centers.count == count * dimension && values.count == centers.count
        && axes.count == centers.count * dimension, "Axes need d, d and d × d numbers a cloud")
    try withCloudRows(points, starts: starts, dimension: dimension, needsPoints: true) {
      (rows) throws(FrameError) in
      try centers.withPointer { (center) throws(FrameError) in
        try values.withPointer { (value) throws(FrameError) in
          try axes.withPointer { (axis) throws(FrameError) in
            try compute(rows, first: 0, centered: centered, center, value, axis)
          }
        }
      }
    }
  }

  /// The axes of some clouds, the first of which is number `first` in errors.
  private static func compute(
    _ clouds: CloudRows<Scalar>, first: Int, centered: Bool, _ centers: UnsafeMutablePointer<Scalar>,
    _ values: UnsafeMutablePointer<Scalar>, _ axes: UnsafeMutablePointer<Scalar>
  ) throws(FrameError) {
    let d = clouds.dimension
    // Scatters of so many clouds stay in cache until their axes take their place.
    for start in stride(from: 0, to: clouds.count, by: 128) {
      let range = start..<min(start + 128, clouds.count)
      let axis = axes + start * d * d
      try CloudMoments.compute(
        clouds.clouds(range), first: first + start, centered: centered, centers + start * d, axis)
      try SmallSymmetricEigen.compute(
        axis, first: first + start, count: range.count, order: d, values + start * d, axis)
    }
  }
}
