import Keel

/// The principal axes of a cloud with what the frames of degenerate clouds need besides: the centred points, the gaps
/// between clusters of eigenvalues, and bounds on rounding.
struct CloudAxes<Scalar: FrameScalar> {
  let group: FrameGroup
  /// t.
  let center: [Scalar]
  /// c.
  let scale: Scalar
  /// Y, n × d; not divided by c.
  let centered: Matrix<Scalar>
  /// V, ascending.
  let axes: Matrix<Scalar>
  /// V with all signs of the group.
  private let rotations: Frame<Scalar>.Rotations
  let certificate: FrameCertificate<Scalar>
  /// The smallest gap between clusters of eigenvalues over the largest eigenvalue; 1 if there is none.
  let clusterGap: Scalar
  /// A bound on the angle by which rounding may have turned the space of a cluster.
  let axisError: Scalar
  /// A bound on the rounding error of a point within the space of a cluster.
  let rowError: Scalar
  /// A bound on the rounding error of a centred point.
  let pointError: Scalar
  /// The distance of the gap nearest to the tolerance, over what rounding may change.
  let clusterMargin: Scalar

  init(_ points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar?) throws(FrameError) {
    let principal = try Frame(principalAxesOf: points, group: group, tolerance: tolerance)
    guard case .signed(let axes, _, _) = principal.rotations else {
      throw .undefined(argument: "points", reason: "there are no principal axes")
    }
    let (d, center) = (points.columns, principal.center)
    let centered = Matrix(rows: points.rows, columns: d) { i, j in points[i, j] - center[j] }
    let (extent, error) = (
      centered.largestRowNorm(), 4 * Scalar.ulpOfOne * Scalar(d) * points.largestRowNorm()
    )
    let certificate = principal.certificate
    let equal = tolerance ?? Scalar.ulpOfOne.squareRoot() / 16
    // Of lengths relative to the largest: the squares of others may overflow.
    let largest = certificate.lengths[d - 1]
    let values = certificate.lengths.map { largest > 0 ? ($0 / largest) * ($0 / largest) : 0 }
    let rounding = Scalar(8 * d) * Scalar.ulpOfOne
    var (gap, margin) = (1 as Scalar, equal / (2 * rounding))
    for j in max(d - certificate.rank, 1)..<max(d, 1) where largest > 0 {
      let difference = values[j] - values[j - 1]
      margin = min(margin, abs(difference - equal) / (2 * rounding))
      if certificate.clusters.contains(where: { $0.lowerBound == j }) { gap = min(gap, difference) }
    }
    self.group = group
    self.center = center
    self.scale = principal.scale
    self.centered = centered
    self.axes = axes
    rotations = principal.rotations
    self.certificate = certificate
    clusterGap = gap
    axisError = rounding / gap
    clusterMargin = margin
    pointError = error
    rowError = error + axisError * extent
  }

  /// The frame of the principal axes with all signs.
  func principalFrame(certain: Bool) -> Frame<Scalar> {
    Frame(
      group: group, center: center, scale: scale,
      certificate: certain
        ? certificate
        : FrameCertificate(
          resolving: certificate, relativeGap: certificate.relativeGap, axisErrorBound: .infinity),
      rotations: rotations)
  }
}

extension Matrix {
  /// The largest Euclidean norm of a row; 0 without rows.
  func largestRowNorm() -> Scalar {
    var largest: Scalar = 0
    for i in 0..<rows { largest = max(largest, (0..<columns).reduce(0) { $0 + self[i, $1] * self[i, $1] }) }
    return largest.squareRoot()
  }
}
