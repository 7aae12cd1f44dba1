public import Keel

/// The derivative of averages over the principal axes of a cloud, with the motion of the axes.
///
/// The frame of a cloud X moves with it. With `Y = X - 1tᵀ`, `C = YᵀY = V diag(λ) Vᵀ` and the canonical cloud
/// `Z = YV/c`, the cotangent V̄ of the axes reaches the cloud through
///
///     Ȳ += 2 Y V (K ∘ sym(VᵀV̄)) Vᵀ,     K_ij = 1/(λ_j - λ_i),
///
/// where only the antisymmetric part of VᵀV̄ counts, since V stays orthogonal. Programs that hold the frame constant
/// leave this term out; what they return is not the gradient of anything.
///
/// The derivative is exact, also where a cloud lies in a line or a plane, for averages that have one:
/// - Averages over principal axes jump where eigenvalues other than zero are equal; see ``EqualAxesRule``.
/// - Where a cloud has no extent in two or more directions, an average of scalars or pseudoscalars is differentiable.
///   One of vectors, points or tensors is not, and neither is one with other fields that point into these directions.
/// - Averages under scalings have no derivative where all points coincide.
///
/// Source: Puny et al. (2022) for the averages; the derivative is that of Magnus (1985) carried through them.
public struct FrameDerivative<Scalar: FrameScalar>: Sendable {
  /// The frame whose averages are differentiated.
  public let frame: Frame<Scalar>
  /// X, n × d.
  public let points: Matrix<Scalar>
  /// What happens where eigenvalues other than zero are equal.
  public let rule: EqualAxesRule<Scalar>
  let certificate: FrameCertificate<Scalar>
  let centered: Matrix<Scalar>
  let axes: SymmetricEigenDerivative<Scalar>

  /// The derivative at a cloud.
  ///
  /// - Parameters:
  ///   - frame: a frame of principal axes of the cloud: all of it, or some of its elements as a list.
  ///   - points: X, n × d, the cloud that the frame is of.
  ///   - rule: what to do where eigenvalues other than zero are equal.
  /// - Complexity: O(n d² + d³).
  /// - Throws: ``FrameError/empty(argument:)``, ``FrameError/notFinite(argument:position:)``, and
  ///   ``FrameError/undefined(argument:reason:)`` if averages over the frame have no derivative here, if the frame is
  ///   not one of principal axes of these points, or if its weights change with them.
  /// - Precondition: the points have the dimension of the frame.
  public init(
    of frame: Frame<Scalar>, at points: Matrix<Scalar>, rule: EqualAxesRule<Scalar> = .refuse
  ) throws(FrameError) {
    precondition(points.columns == frame.dimension, "The points must have the dimension of the frame")
    guard points.rows > 0 else { throw .empty(argument: "points") }
    guard points.elements.allSatisfy(\.isFinite) else {
      throw .notFinite(argument: "points", position: "one of its points")
    }
    guard frame.weights == nil else {
      throw .undefined(
        argument: "frame", reason: "its weights change with the points, and how is not known here")
    }
    let certificate = frame.certificate
    guard certificate.eigenvalues.allSatisfy(\.isFinite) else {
      throw .outOfRange(
        argument: "points", expected: "small enough for finite squares", found: "\(certificate.lengths)")
    }
    if frame.group.scales && certificate.rank == 0 {
      throw .undefined(
        argument: "points", reason: "all of them coincide, so that their scale has no derivative")
    }
    let principal: Frame<Scalar>
    if case .signed = frame.rotations {
      principal = frame
    } else {
      principal = try Frame(principalAxesOf: points, group: frame.group)
    }
    guard let vectors = principal.signedAxes?.axes else {
      throw .undefined(argument: "frame", reason: "its elements have no principal axes in common")
    }
    let derivative = try SymmetricEigenDerivative(
      axes: vectors, certificate: certificate, rule: rule)
    let centered = points.addingToRows(frame.center.map(-))
    guard Self.isPrincipal(frame, certificate, axes: vectors, centered: centered) else {
      throw .undefined(argument: "frame", reason: "it is not one of principal axes of these points")
    }
    self.frame = frame
    self.points = points
    self.certificate = certificate
    self.rule = rule
    self.centered = centered
    axes = derivative
  }

  /// Whether the center is that of the points, the axes diagonalise their scatter, and the elements differ from the
  /// axes by rotations among equal eigenvalues only; up to the rounding of these sums.
  private static func isPrincipal(
    _ frame: Frame<Scalar>, _ certificate: FrameCertificate<Scalar>, axes: Matrix<Scalar>,
    centered: Matrix<Scalar>
  ) -> Bool {
    let (n, d) = (centered.rows, frame.dimension)
    let unit = Scalar(64 * max(n, d)) * Scalar.ulpOfOne
    if frame.group.translates {
      let size = centered.elements.reduce(0) { max($0, abs($1)) }
      let shift = frame.center.reduce(size) { max($0, abs($1)) }
      guard centered.columnMeans.allSatisfy({ abs($0) <= unit * shift }) else { return false }
    }
    let canonical = centered * axes
    let scatter = canonical.gram()
    let trace = (0..<d).reduce(0) { $0 + scatter[$1, $1] }
    for i in 0..<d {
      for j in 0..<i where abs(scatter[i, j]) > unit * trace { return false }
    }
    guard case .list(let rotations) = frame.rotations else { return true }
    // Elements of a list may mix axes within a cluster, and no others.
    var clusterOf = Array(repeating: 0, count: d)
    for (index, cluster) in certificate.clusters.enumerated() {
      for j in cluster { clusterOf[j] = index }
    }
    let bound = max(unit, min(unit / max(certificate.relativeGap, unit), 1e-3))
    return rotations.allSatisfy { rotation in
      let relative = axes.transposed * rotation
      return (0..<d).allSatisfy { i in
        (0..<d).allSatisfy { j in clusterOf[i] == clusterOf[j] || abs(relative[i, j]) <= bound }
      }
    }
  }

  /// The cotangent of the points for cotangents of what the frame is made of.
  ///
  /// - Parameters:
  ///   - turning: M = VᵀV̄.
  ///   - scale: that of c.
  ///   - center: that of t.
  ///   - direct: the cotangent of Y by other ways than the frame, times V: n × d.
  func pullback(
    turning m: Matrix<Scalar>, scale: Scalar, center: [Scalar], direct: Matrix<Scalar>
  ) -> Matrix<Scalar> {
    let canonical = centered * axes.axes
    var inner = direct
    BLAS.gemm(2, canonical, axes.scatterCotangent(turning: m), beta: 1, into: &inner)
    if frame.group.scales {
      let factor = scale / (Scalar(points.rows) * frame.scale)
      inner.combine(with: canonical) { $0 + factor * $1 }
    }
    let result = inner * axes.axes.transposed
    guard frame.group.translates else { return result }
    let means = result.columnMeans
    return result.addingToRows(
      (0..<frame.dimension).map { center[$0] / Scalar(points.rows) - means[$0] })
  }
}

/// The value and the gradient of an average, and how far they can be trusted.
public struct FrameGradient<Scalar: FrameScalar>: Hashable, Sendable {
  /// The average.
  public let value: Scalar
  /// Its derivative by the points, n × d.
  public let gradient: Matrix<Scalar>
  /// The number of pairs of axes at which the rule for equal eigenvalues made itself felt; 0 if the gradient is
  /// exact.
  public let alteredPairs: Int
  /// The largest derivative of the average by the angle of a turn among axes of equal eigenvalues: what the average
  /// owes to a choice that nothing determines. 0 if there are none; up to rounding, if the function does not depend
  /// on the choice, and then the gradient by ``EqualAxesRule/fixed`` is exact.
  public let dependenceOnChoice: Scalar
}

extension FrameDerivative {
  /// Z = YV/c.
  private var canonicalField: Field<Scalar> {
    let turned = centered * axes.axes
    return Field(.vector, frame.scale == 1 ? turned : turned / frame.scale)
  }

  /// The canonical cloud of every element, in the order in which ``averageAndGradient(_:)`` asks for them.
  var canonicalClouds: [Matrix<Scalar>] {
    let (elements, canonical) = (RelativeElements(frame, axes: axes.axes), canonicalField)
    return (0..<frame.count).map { elements.turn($0).undone(on: canonical).values }
  }

  /// The average of a function over the frame, and its gradient, in one pass.
  ///
  /// - Parameter function: φ, a differentiable function of a canonical cloud: its value and its gradient there,
  ///   n × d.
  /// - Complexity: `frame.count` evaluations of φ, and O(n d) an element beside them for signed axes.
  /// - Throws: what φ throws.
  /// - Precondition: the gradients have the shape of the points, and the frame has at most
  ///   ``FiniteFrame/largestAverage`` elements.
  public func averageAndGradient<Failure: Error>(
    _ function: (Matrix<Scalar>) throws(Failure) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) throws(Failure) -> FrameGradient<Scalar> {
    precondition(
      frame.count <= Frame<Scalar>.largestAverage, "The frame is too large to average over all of it")
    let elements = RelativeElements(frame, axes: axes.axes)
    let (canonical, scale) = (canonicalField, frame.scale)
    var value: Scalar = 0
    // Z̄ = Σ_k w_k ∇φ(Z Q_k) Q_kᵀ
    var cotangent = Matrix<Scalar>(zeros: points.rows, points.columns)
    for k in 0..<frame.count {
      let turn = elements.turn(k)
      let term = try function(turn.undone(on: canonical).values)
      precondition(
        term.gradient.rows == points.rows && term.gradient.columns == points.columns,
        "A gradient has the shape of the cloud")
      let weight = frame.weight(k)
      value += weight * term.value
      cotangent.combine(with: turn.applied(to: Field(.vector, term.gradient)).values) { $0 + weight * $1 }
    }
    // M = VᵀV̄ with V̄ = YᵀZ̄/c, and c̄ = -⟨Z̄, Z⟩/c.
    let turning = canonical.values.transposed * cotangent
    let trace = (0..<frame.dimension).reduce(0) { $0 + turning[$1, $1] }
    let gradient = pullback(
      turning: turning, scale: -trace / scale, center: Array(repeating: 0, count: frame.dimension),
      direct: cotangent / scale)
    return FrameGradient(
      value: value, gradient: gradient, alteredPairs: axes.alteredPairs,
      dependenceOnChoice: axes.dependenceOnChoice(turning: turning))
  }
}

extension Frame {
  /// The average of a function over the frame, and its gradient by the points, in one pass.
  ///
  /// ```swift
  /// let frame = try Frame(principalAxesOf: points, group: .euclidean)
  /// let result = try frame.averageAndGradient(of: points) { z in
  ///   (value: z.elements.reduce(0) { $0 + $1 * $1 * $1 * $1 }, gradient: z.map { 4 * $0 * $0 * $0 })
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - rule: what to do where eigenvalues other than zero are equal.
  ///   - function: φ, a differentiable function of a canonical cloud: its value and its gradient there, n × d.
  /// - Complexity: ``count`` evaluations of φ, and O(n d² + d³).
  /// - Throws: ``FrameError/undefined(argument:reason:)`` if the average has no derivative, and the other errors of
  ///   ``FrameDerivative/init(of:at:rule:)``.
  public func averageAndGradient(
    of points: Matrix<Scalar>, rule: EqualAxesRule<Scalar> = .refuse,
    _ function: (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) throws(FrameError) -> FrameGradient<Scalar> {
    try FrameDerivative(of: self, at: points, rule: rule).averageAndGradient(function)
  }
}
