public import Keel

extension Frame {
  /// The frame of principal axes of a cloud.
  ///
  /// With the centroid t, the centred cloud `Y = X - 1tᵀ` and `C = YᵀY = V diag(λ) Vᵀ`, λ ascending, the frame is
  /// `{(V diag(s), t)}` over all signs s, 2ᵈ elements; over those with determinant 1, 2ᵈ⁻¹, for the groups without
  /// reflections. Without translations t is zero; with scalings `c = √(tr C / n)`, or 1 if all points coincide.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - group: the group under which averages are to be invariant.
  ///   - tolerance: eigenvalues whose difference is at most this times the largest are reported as equal; default
  ///     `√ε / 16`, about 1e-9 in Double.
  /// - Complexity: O(n d² + d³).
  /// - Throws: ``FrameError/empty(argument:)`` without points, ``FrameError/notFinite(argument:position:)``.
  ///
  /// Edge cases:
  /// - Clouds in a line or a plane, and fewer points than dimensions, do no harm: averages are exact.
  /// - Equal eigenvalues other than zero leave the axes undetermined: the certificate says so.
  ///
  /// Source: Puny et al. (2022), section 3.1.
  public init(
    principalAxesOf points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar? = nil
  ) throws(FrameError) {
    let moments = try CloudMoments(PointClouds([points]), centered: group.translates)
    let eigen = try SmallSymmetricEigen(moments.scatters)
    self.init(
      axes: Matrix(eigen.vectors[0]), eigenvalues: eigen.values.rowArray(0), points: points.rows,
      center: moments.centers.rowArray(0), group: group, tolerance: tolerance)
  }

  /// The frame of given axes; what a batch of clouds is made of.
  init(
    axes: Matrix<Scalar>, eigenvalues: [Scalar], points: Int, center: [Scalar], group: FrameGroup,
    tolerance: Scalar?
  ) {
    let certificate = FrameCertificate(
      eigenvalues: eigenvalues, points: points, tolerance: tolerance ?? Scalar.ulpOfOne.squareRoot() / 16)
    var scale: Scalar = 1
    if group.scales {
      let trace = eigenvalues.reduce(0) { $0 + max($1, 0) }
      scale = trace > 0 ? (trace / Scalar(points)).squareRoot() : 1
    }
    self.init(
      group: group, center: center, scale: scale, certificate: certificate,
      rotations: .signed(proper: group.isProper, axes))
  }
}
