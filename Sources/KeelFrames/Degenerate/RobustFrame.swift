public import Keel

extension Frame {
  /// The most elements of a weighted frame unless another limit is given.
  public static var defaultRobustLimit: Int { 1 << 18 }

  /// The weighted frame whose axes are those of the points themselves: its averages are continuous where principal axes
  /// jump.
  ///
  /// The first axis is `u_i = y_i / |y_i|` for any point i, with the weight `|y_i|² / Σ|y|²`. The next is the direction
  /// of what is left of another point, `p_j = y_j - (y_j·u_i)u_i`, with the weight `|p_j|² / Σ_k|p_k|²`, and so on; the
  /// last is orthogonal to the others, with the sign that makes the determinant 1, or with both signs and half the
  /// weight each. That is n elements for SO(2), n(n - 1) for SO(3), and twice as many for O(2) and O(3); weights of zero
  /// are left out. No eigenvalues are involved: there is no gap that could close, and a point whose direction is about
  /// to become undefined has a weight about to vanish.
  ///
  /// Where what is left of all points is zero up to rounding, as of a cloud in a line after the first axis, the other
  /// axes are undetermined, and all choices are equally good: the cloud has no extent along them. A finite group stands
  /// for all of them, with which averages of vectors and second-order tensors are exact too: with
  /// rotations of space only, 4 elements for each point of a line, and 12 for a single point.
  ///
  /// Invariant averages are continuous at such clouds too. Vectors are not: arbitrarily near a line, the points still
  /// determine a second axis. With `stabilization` ρ > 0 they are: if what is left is less than the fraction ρ of
  /// `Σ|y|²`, each element is mixed with its turns about the axes so far, entirely so in the limit, with a weight that
  /// is a continuously differentiable function of the fraction. At a single point vectors remain discontinuous, since
  /// no direction is left there at any scale.
  ///
  /// - Parameters:
  ///   - points: n × d, a point a row.
  ///   - group: the group under which averages are to be invariant.
  ///   - stabilization: ρ, in 0...1; 0 for none.
  ///   - limit: the most elements.
  /// - Complexity: O(nᵈ⁻¹ d²) for d > 1.
  /// - Throws: ``FrameError/empty(argument:)`` without points, ``FrameError/notFinite(argument:position:)``,
  ///   ``FrameError/tooManyElements(argument:count:limit:)``.
  /// - Precondition: ρ is in 0...1.
  ///
  /// Source: weighted frames, and the one of SO(2): Dym, Lawrence and Siegel (2024), *Equivariant frames and the
  /// impossibility of continuous canonicalization*. The chain of conditional weights is Keel's own.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public init(
    robustAxesOf points: Matrix<Scalar>, group: FrameGroup, stabilization: Scalar = 0,
    limit: Int = defaultRobustLimit
  ) throws(FrameError) {
    let cloud = try CloudAxes(points, group: group, tolerance: nil)
    self = try Self.robust(cloud, stabilization: stabilization, limit: limit)
  }

  /// The weighted frame of a cloud of which the moments are known.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func robust(
    _ cloud: CloudAxes<Scalar>, stabilization: Scalar, limit: Int
  ) throws(FrameError) -> Frame {
    precondition(
      (0...1).contains(stabilization), "The stabilization is a fraction of the squared size of a cloud")
    var chain = AxisChain(cloud, stabilization: stabilization, limit: limit)
    let elements = try chain.elements()
    let total = elements.reduce(0) { $0 + $1.weight }
    return Frame(
      group: cloud.principal.group, center: cloud.principal.center, scale: cloud.principal.scale,
      certificate: FrameCertificate(
        resolving: cloud.certificate, relativeGap: cloud.certificate.relativeGap,
        axisErrorBound: chain.error),
      rotations: .list(elements.map(\.rotation)), weights: elements.map { $0.weight / total })
  }
}
