import Keel

/// The principal axes of a cloud with what the frames of degenerate clouds need besides: the centred points, the gaps
/// between clusters of eigenvalues, and bounds on rounding.
struct CloudAxes<Scalar: FrameScalar> {
  /// The frame of the axes, with its group, centre and scale.
  let principal: Frame<Scalar>
  let certificate: FrameCertificate<Scalar>
  /// V, ascending.
  let axes: Matrix<Scalar>
  /// The centred cloud, n × d, over a power of two that makes its largest coordinate at least 1 and less than 2, so that
  /// squares neither overflow nor vanish; zeros if the points coincide up to rounding.
  let shape: Matrix<Scalar>
  /// A bound on the rounding error of a row of the shape.
  let pointError: Scalar
  /// The eigenvalues over the largest.
  let values: [Scalar]
  /// The eigenvalues that count as equal; those that are zero are one range, the first.
  ///
  /// Neighbours are equal if they differ by no more than the tolerance times the larger one, or by no more than 64 times
  /// what rounding may change: of thin clouds it may change more than the tolerance.
  let clusters: [Range<Int>]
  /// The distance of the gap nearest to the tolerance, over what rounding may change; above 1 the clusters are certain.
  let clusterMargin: Scalar

  init(_ points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar?) throws(FrameError) {
    let principal = try Frame(principalAxesOf: points, group: group, tolerance: tolerance)
    guard case .signed(let axes, _, _) = principal.rotations else {
      throw .undefined(argument: "points", reason: "there are no principal axes")
    }
    let (certificate, d, center) = (principal.certificate, points.columns, principal.center)
    let unit = points.largestMagnitude().powerOfTwoBelow
    let centered = Matrix(rows: points.rows, columns: d) { i, j in points[i, j] / unit - center[j] / unit }
    // Coordinates below 2 are rounded once as they are given, and the centroid and the difference once each.
    let error = 4 * Scalar(d).squareRoot() * Scalar.ulpOfOne
    let extent = centered.largestMagnitude()
    let size = extent > error ? extent.powerOfTwoBelow : 1
    let lengths = certificate.lengths
    let largest = lengths[d - 1]
    self.principal = principal
    self.certificate = certificate
    self.axes = axes
    shape =
      extent > error
      ? Matrix(rows: points.rows, columns: d) { i, j in centered[i, j] / size }
      : Matrix(zeros: points.rows, d)
    pointError = error / size
    values = lengths.map { largest > 0 ? ($0 / largest) * ($0 / largest) : 0 }
    let equal = tolerance ?? Scalar.ulpOfOne.squareRoot() / 16
    let empty = d - certificate.rank
    var (clusters, margin) = (empty > 0 ? [0..<empty] : [], Scalar.infinity)
    for j in empty..<d {
      guard j > empty else {
        clusters.append(j..<(j + 1))
        continue
      }
      let error = Self.valueError(values, j)
      let excess = values[j] - values[j - 1] - max(equal * values[j], 64 * error)
      margin = min(margin, abs(excess) / (2 * error))
      if excess > 0 {
        clusters.append(j..<(j + 1))
      } else {
        clusters[clusters.count - 1] = clusters[clusters.count - 1].lowerBound..<(j + 1)
      }
    }
    self.clusters = clusters
    clusterMargin = margin
  }

  /// The number of dimensions without extent.
  var empty: Int { axes.rows - certificate.rank }

  /// Whether eigenvalues other than zero are equal.
  var isDegenerate: Bool { clusters.contains { $0.count > 1 && $0.lowerBound >= empty } }

  /// A bound on the angle by which rounding may have turned the spaces below and above index j into one another.
  func turn(at j: Int) -> Scalar { Self.valueError(values, j) / (values[j] - values[j - 1]) }

  /// The smallest gap between clusters of eigenvalues over the largest eigenvalue; 1 if there is none.
  var clusterGap: Scalar { boundaries.reduce(1) { min($0, values[$1] - values[$1 - 1]) } }

  /// A bound on the angle by which rounding may have turned the space of a cluster.
  var clusterError: Scalar {
    boundaries.reduce(8 * Scalar(axes.rows) * Scalar.ulpOfOne) { max($0, turn(at: $1)) }
  }

  /// A bound on the rounding error of a row of the shape within the space of a cluster: what the smaller axes, and the
  /// larger ones, may add.
  func rowError(of cluster: Range<Int>) -> Scalar {
    let extent = shape.largestRowNorm()
    var error = pointError + 8 * Scalar(axes.rows) * Scalar.ulpOfOne * extent
    if boundaries.contains(cluster.lowerBound) {
      error += turn(at: cluster.lowerBound) * values[cluster.lowerBound - 1].squareRoot() * extent
    }
    if boundaries.contains(cluster.upperBound) { error += turn(at: cluster.upperBound) * extent }
    return error
  }

  /// The indices at which clusters begin that have another below them and are not zero.
  private var boundaries: [Int] { clusters.map(\.lowerBound).filter { $0 > 0 && $0 >= empty } }

  /// A bound on the rounding error of a relative eigenvalue, and of what mixes its axes: that of singular values where
  /// two directions are thin, and axes are taken from them, else that of the scatter.
  private static func valueError(_ values: [Scalar], _ j: Int) -> Scalar {
    let isThin = values.count > 1 && values[1] < 1 / 65536
    return 8 * Scalar(values.count) * Scalar.ulpOfOne * (isThin ? values[j].squareRoot() : 1)
  }
}

extension FrameScalar {
  /// The largest power of two that does not exceed a positive number; 1 for zero.
  fileprivate var powerOfTwoBelow: Self {
    self > 0 ? Self(sign: .plus, exponent: exponent, significand: 1) : 1
  }
}

extension Matrix {
  /// The largest Euclidean norm of a row; 0 without rows.
  func largestRowNorm() -> Scalar {
    var largest: Scalar = 0
    for i in 0..<rows { largest = max(largest, (0..<columns).reduce(0) { $0 + self[i, $1] * self[i, $1] }) }
    return largest.squareRoot()
  }

  /// The largest magnitude of an element; 0 without elements.
  func largestMagnitude() -> Scalar { elements.reduce(0) { max($0, abs($1)) } }
}
