public import Keel

extension Frame {
  /// Principal axes where the eigenvalues are well apart, and the weighted frame of the points where they are not, with
  /// a smooth passage: few elements for most clouds, and averages that are continuous for all.
  ///
  /// With the gaps `γ_j = (λ_{j+1} - λ_j) / λ_max` of neighbouring eigenvalues, zero ones among them, the elements of the
  /// principal frame have the weight
  ///
  ///     χ = Π_j S(2γ_j/τ - 1),     S(t) = 3t² - 2t³ within 0...1,
  ///
  /// together, and those of ``init(robustAxesOf:group:stabilization:limit:)`` the weight 1 - χ. Since the gaps are
  /// invariant, averages remain exactly invariant and equivariant; since χ vanishes before two eigenvalues meet and is
  /// continuously differentiable where they differ, nothing jumps. If all gaps exceed τ the frame is the principal one,
  /// and if one is below τ/2 the weighted one.
  ///
  /// Clouds that leave two dimensions empty count as degenerate here, though principal axes are exact for them: else
  /// the passage to them would not be continuous.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - group: the group under which averages are to be invariant.
  ///   - threshold: τ, in 0..<1 with 0 excluded; default 0.1.
  ///   - stabilization: that of the weighted frame.
  ///   - limit: the most elements where the weighted frame takes part.
  /// - Complexity: O(n d² + d³) if all gaps exceed τ, else that of the weighted frame.
  /// - Throws: ``FrameError/empty(argument:)`` without points, ``FrameError/notFinite(argument:position:)``,
  ///   ``FrameError/tooManyElements(argument:count:limit:)``.
  /// - Precondition: τ is in `(0, 1)`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(
    blendedAxesOf points: Matrix<Scalar>, group: FrameGroup, threshold: Scalar = 0.1,
    stabilization: Scalar = 0, limit: Int = defaultRobustLimit
  ) throws(FrameError) {
    precondition(threshold > 0 && threshold < 1, "The threshold of relative gaps is between 0 and 1")
    let cloud = try CloudAxes(points, group: group, tolerance: nil)
    let principal = cloud.principal
    let share = cloud.blendingShare(threshold: threshold)
    guard share < 1 else {
      self = principal
      return
    }
    let robust = try Self.robust(cloud, stabilization: stabilization, limit: limit)
    guard share > 0 else {
      self = robust
      return
    }
    let (first, second) = (principal.count, robust.count)
    guard first <= limit - second else {
      throw .tooManyElements(argument: "points", count: "more than \(limit)", limit: "\(limit)")
    }
    let bound =
      share * cloud.certificate.axisErrorBound + (1 - share) * robust.certificate.axisErrorBound
    self.init(
      group: group, center: principal.center, scale: principal.scale,
      certificate: FrameCertificate(
        resolving: cloud.certificate, relativeGap: cloud.certificate.relativeGap, axisErrorBound: bound),
      rotations: .list(
        (0..<first).map { principal[$0].rotation } + (0..<second).map { robust[$0].rotation }),
      weights: (0..<first).map { share * principal.weight($0) }
        + (0..<second).map { (1 - share) * robust.weight($0) })
  }
}

extension CloudAxes {
  /// χ: the share of the principal axes.
  fileprivate func blendingShare(threshold: Scalar) -> Scalar {
    guard certificate.rank > 0 else { return values.count > 1 ? 0 : 1 }
    return zip(values, values.dropFirst()).reduce(1) { share, pair in
      share * smoothStep(2 * (pair.1 - pair.0) / threshold - 1)
    }
  }
}
