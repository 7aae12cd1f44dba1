public import Keel

/// The forces of an energy that is averaged over the frame of a cloud: minus its gradient, with the motion of the
/// frame.
///
/// The energy is invariant under the group whatever function it is made from, and the forces are its exact
/// gradient. They therefore have no torque, no sum if the group translates, and no work round a closed path.
///
/// ```swift
/// let force = FrameForce<Double>(group: .euclidean) { z in
///   let pairs = z * z.transposed
///   return (value: pairs.elements.reduce(0) { $0 + $1 * $1 } / 4, gradient: pairs * z)
/// }
/// let (energy, forces) = try force(points)
/// ```
public struct FrameForce<Scalar: FrameScalar>: Sendable {
  /// The frame of an average, and what it costs.
  public enum Axes: Hashable, Sendable {
    /// Principal axes: 2ᵈ evaluations, and a rule for clouds with equal eigenvalues, near which forces are large.
    case principal(EqualAxesRule<Scalar>)
    /// Axes through the points with weights: O(nᵈ⁻¹) evaluations; smooth also at equal eigenvalues.
    case robust
  }

  /// The group under which the energy is invariant.
  public let group: FrameGroup
  /// The frame of the average.
  public let axes: Axes
  /// The function that is averaged: its value and its gradient at a canonical cloud.
  public let function: @Sendable (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)

  /// The forces of the average of a function.
  ///
  /// - Parameters:
  ///   - group: the group under which the energy is to be invariant.
  ///   - axes: the frame of the average.
  ///   - function: any differentiable function of a cloud: its value and its gradient, n × d.
  public init(
    group: FrameGroup, axes: Axes = .principal(.refuse),
    _ function: @escaping @Sendable (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) {
    self.group = group
    self.axes = axes
    self.function = function
  }

  /// The energy of a cloud, and the force on each of its points.
  ///
  /// - Parameter points: n × d.
  /// - Complexity: for principal axes 2ᵈ evaluations of the function, or 2ᵈ⁻¹ without reflections, and O(n d² + d³).
  /// - Throws: ``FrameError`` if the frame does not exist, or the average has no derivative.
  public func callAsFunction(
    _ points: Matrix<Scalar>
  ) throws(FrameError) -> (energy: Scalar, forces: Matrix<Scalar>) {
    let result =
      switch axes {
      case .principal(let rule):
        try Frame(principalAxesOf: points, group: group).averageAndGradient(of: points, rule: rule, function)
      case .robust: try Frame.robustAverageAndGradient(of: points, group: group, function)
      }
    return (result.value, -result.gradient)
  }

  /// The torque of forces on points about the origin: `Σ_i (x_i f_iᵀ - f_i x_iᵀ)`, antisymmetric, d × d.
  ///
  /// In space its entries (1, 2), (2, 0) and (0, 1) are the components of `Σ_i x_i × f_i`.
  ///
  /// - Parameters:
  ///   - forces: n × d.
  ///   - points: n × d.
  /// - Precondition: the shapes are equal.
  public static func torque(of forces: Matrix<Scalar>, at points: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(
      forces.rows == points.rows && forces.columns == points.columns, "There is a force a point")
    let moments = points.transposed * forces
    return Matrix(rows: moments.rows, columns: moments.columns) { moments[$0, $1] - moments[$1, $0] }
  }

  /// The work of forces round the ellipse `X + cos θ A + sin θ B`, by the rule of trapezoids.
  ///
  /// The rule converges faster than any power of the number of steps where the forces are smooth. Forces that are a
  /// gradient do no work; for those of ``PublishedDetachedGradient`` it is not zero.
  ///
  /// - Parameters:
  ///   - center: X, n × d.
  ///   - first: A.
  ///   - second: B.
  ///   - steps: the number of evaluations, positive.
  ///   - forces: the forces at a cloud.
  /// - Throws: what the forces throw.
  /// - Precondition: the shapes are equal.
  public static func work<Failure: Error>(
    aroundEllipseAt center: Matrix<Scalar>, _ first: Matrix<Scalar>, _ second: Matrix<Scalar>, steps: Int,
    _ forces: (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Scalar {
    precondition(steps > 0, "A path has at least one step")
    var work: Scalar = 0
    for step in 0..<steps {
      let angle = 2 * Scalar.pi * Scalar(step) / Scalar(steps)
      let (cosine, sine) = (Scalar.cos(angle), Scalar.sin(angle))
      let velocity = cosine * second - sine * first
      work += try forces(center + (cosine * first + sine * second)).hadamard(velocity).sum
    }
    return work * 2 * Scalar.pi / Scalar(steps)
  }
}
