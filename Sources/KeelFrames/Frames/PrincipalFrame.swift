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
  ///   - tolerance: neighbouring eigenvalues whose difference is at most this times the larger one are reported as
  ///     equal; default `√ε / 16`, about 1e-9 in Double.
  /// - Complexity: O(n d² + d³).
  /// - Throws: ``FrameError/empty(argument:)`` without points, ``FrameError/notFinite(argument:position:)``,
  ///   ``FrameError/wrongShape(argument:expected:found:)`` without columns.
  ///
  /// Edge cases:
  /// - Clouds in a line or a plane, and fewer points than dimensions, do no harm to functions of the points alone:
  ///   averages of fields of every kind are exact whatever the axes without extent. The elements one by one leave
  ///   tensors to the choice of these axes, and so do other inputs with components along two or more of them.
  /// - Equal eigenvalues other than zero leave the axes undetermined: the certificate says so.
  /// - Any finite coordinates will do, also if their squares overflow or vanish.
  ///
  /// Source: Puny et al. (2022), section 3.1.
  public init(
    principalAxesOf points: Matrix<Scalar>, group: FrameGroup, tolerance: Scalar? = nil
  ) throws(FrameError) {
    let cloud = try PointClouds(points: points, starts: [0, points.rows])
    let axes = try FrameAxes(
      cloud, centered: group.translates, proper: group.isProper, name: { _ in "points" })
    self.init(axes, cloud, 0, group: group, tolerance: tolerance)
  }

  /// The frame of cloud b of many.
  init(
    _ axes: FrameAxes<Scalar>, _ clouds: PointClouds<Scalar>, _ b: Int, group: FrameGroup,
    tolerance: Scalar?
  ) {
    let center = axes.centers.rowArray(b)
    let vectors = Matrix(axes.axes[b])
    let scale = group.scales ? axes.scale(b, points: clouds.starts[b + 1] - clouds.starts[b]) : 1
    let measurable = MeasurableFrame(
      clouds: clouds, index: b, center: center, axes: vectors, unit: axes.units[b],
      scale: group.scales ? scale : nil, isCentered: group.translates,
      tolerance: tolerance ?? Scalar.ulpOfOne.squareRoot() / 16)
    self.init(
      group: group, center: center, scale: scale, accuracy: .measurable(measurable),
      rotations: .signed(
        axes: vectors, orientation: group.isProper ? 1 : determinantSign(of: vectors),
        proper: group.isProper))
  }
}

extension FrameAxes {
  /// The root mean square distance of the points of cloud b from the centre; 1 if they coincide up to rounding.
  func scale(_ b: Int, points n: Int) -> Scalar {
    var (trace, center): (Scalar, Scalar) = (0, 0)
    for j in 0..<values.columns {
      trace += values[b, j]
      let t = centers[b, j] / units[b]
      center += t * t
    }
    let spread = (trace / Scalar(n)).squareRoot()
    // The rounding of the centroid alone makes a spread of this order.
    return spread > 8 * Scalar.ulpOfOne * center.squareRoot() ? spread * units[b] : 1
  }
}
