public import Keel

/// The canonical pose of a cloud of points: what all its images under a group have in common, up to the order of the
/// points.
///
/// A frame of a cloud X gives one canonical cloud `g⁻¹X` for each of its elements g, the same ones for every hX. One
/// of them is chosen here by its moments, which do not see the order of the points: with
///
///     T_e(Z) = Σ_i Π_j z_ij^{e_j} / Σ_i (Π_j |z_ij|^{e_j} + Π_j σ_j^{e_j}),
///
/// σ the root mean squares of the coordinates, the element is taken for which the first T is largest, among equals the
/// second, and so on. First come the powers of single axes, the one of the largest eigenvalue first, then products;
/// degrees ascend from 3 to 6. For principal axes that means: **the points are skewed towards the positive end of every
/// axis**, and where an axis is not skewed, the first product of powers that tells its two ends apart is positive.
/// Without translations the centroid comes before: it lies at the positive end. In a frame with weights only the
/// elements with the largest weight take part, and moments of degree 2 come first.
///
/// If no moment tells elements apart, there is more than one of ``candidates``: the cloud is symmetric, and their
/// canonical clouds are equal as sets of points; or it is so nearly.
///
/// ```swift
/// let frame = try Frame<Double>(principalAxesOf: points, group: .euclidean)
/// let pose = CanonicalPose(of: points, in: frame)
/// print(pose.points, pose.candidates)
/// ```
public struct CanonicalPose<Scalar: FrameScalar>: Sendable {
  /// g: the transformation that makes the cloud of its canonical pose.
  public let element: FrameElement<Scalar>
  /// g⁻¹X, in the order of the points of X.
  public let points: Matrix<Scalar>
  /// The number of elements of the frame that no moment tells from the chosen one, itself counted; `Int.max` if it does
  /// not fit.
  public let candidates: Int
  /// The smallest difference of moments that decided, within `0...2`: how far the choice is from another one; 2 if
  /// nothing had to be decided.
  public let margin: Scalar

  /// The pose of a cloud.
  ///
  /// - Parameters:
  ///   - points: X, n × d.
  ///   - frame: the frame of X.
  ///   - tolerance: moments T, which are within `-1...1`, are equal if they differ by no more than this; default what
  ///     rounding may make of them, about 1e-12 for points near the origin and axes well apart. A larger one lets
  ///     shapes count as symmetric that are so up to errors of measurement.
  /// - Complexity: O(n) for each moment that is looked at, and for a frame that is a list, for each element; at most
  ///   8192 moments.
  /// - Precondition: the points have the dimension of the frame, and the tolerance is not negative.
  ///
  /// Edge cases:
  /// - Axes along which the cloud has no extent, up to rounding, are not looked at; their signs are free, so that a
  ///   plane cloud has two candidates.
  /// - The element itself is arbitrary among the candidates, the canonical cloud is not.
  public init(of points: Matrix<Scalar>, in frame: Frame<Scalar>, tolerance: Scalar? = nil) {
    precondition(points.columns == frame.dimension, "The points must have the dimension of the frame")
    let tolerance = tolerance ?? Self.rounding(of: points, frame.certificate)
    precondition(tolerance >= 0, "A tolerance is not negative")
    if let (axes, isProper) = frame.signedAxes {
      let element = FrameElement(rotation: axes, translation: frame.center, scale: frame.scale)
      let cloud = MomentCloud(element.inverseTransformed(points), reach: Self.reach(of: points) / frame.scale)
      let choice = SignChoice(
        cloud, .init(frame), isProper: isProper, tolerance: tolerance)
      self.element = FrameElement(
        rotation: Matrix(rows: axes.rows, columns: axes.columns) { i, j in axes[i, j] * choice.signs[j] },
        translation: frame.center, scale: frame.scale)
      self.points = Matrix(rows: points.rows, columns: points.columns) { i, j in
        cloud.points[i, j] * choice.signs[j]
      }
      candidates = choice.candidates
      margin = choice.margin
    } else {
      let choice = ListChoice(points, frame, tolerance: tolerance)
      element = frame[choice.index]
      self.points = frame[choice.index].inverseTransformed(points)
      candidates = choice.candidates
      margin = choice.margin
    }
  }

  /// A bound on the rounding errors of moments: axes turn by the angle of the certificate, and coordinates, which are
  /// differences from the centroid, have errors of the size of the points, relative to the shortest axis; sums of n
  /// terms, √n times as much.
  private static func rounding(
    of points: Matrix<Scalar>, _ certificate: FrameCertificate<Scalar>
  ) -> Scalar {
    let dimension = certificate.eigenvalues.count
    guard certificate.rank > 0, certificate.rank <= dimension else { return 0 }
    let count = Scalar(points.rows)
    let extent = (certificate.eigenvalues[dimension - certificate.rank] / count).squareRoot()
    let sums = 64 * Scalar.ulpOfOne * count.squareRoot() * reach(of: points) / extent
    return min(16 * certificate.axisErrorBound + sums, 0.01)
  }

  /// The largest coordinate.
  fileprivate static func reach(of points: Matrix<Scalar>) -> Scalar {
    points.elements.reduce(0) { max($0, abs($1)) }
  }
}

/// The signs of axes for which moments are positive: those of `CanonicalPose` for a frame of signed axes.
///
/// A moment changes under signs s by the factor `Π s_j` over the axes of odd powers. That it be positive is a linear
/// equation over the field of two elements, so that the search among 2ᵈ signs is an elimination.
private struct SignChoice<Scalar: FrameScalar> {
  let signs: [Scalar]
  let candidates: Int
  let margin: Scalar

  init(
    _ cloud: MomentCloud<Scalar>, _ moments: MomentCloud<Scalar>.Moments, isProper: Bool, tolerance: Scalar
  ) {
    let dimension = cloud.points.columns
    var margin: Scalar = 2
    /// Equations in echelon form: the axes whose signs have the product -1 if `isNegative`; the pivot is the axis of
    /// the same index.
    var equations = [(axes: [Bool], isNegative: Bool)?](repeating: nil, count: dimension)
    var rank = 0
    /// What is left of an equation after elimination, and its pivot; nil if the others imply it or its contrary.
    func reduced(_ axes: [Bool], _ isNegative: Bool) -> (axes: [Bool], isNegative: Bool, pivot: Int)? {
      var (axes, isNegative) = (axes, isNegative)
      for pivot in 0..<dimension where axes[pivot] {
        guard let equation = equations[pivot] else { return (axes, isNegative, pivot) }
        for j in pivot..<dimension { axes[j] = axes[j] != equation.axes[j] }
        isNegative = isNegative != equation.isNegative
      }
      return nil
    }
    func add(_ equation: (axes: [Bool], isNegative: Bool, pivot: Int)) {
      equations[equation.pivot] = (equation.axes, equation.isNegative)
      rank += 1
    }
    if isProper, let equation = reduced([Bool](repeating: true, count: dimension), false) { add(equation) }
    for exponents in moments where rank < dimension {
      var axes = [Bool](repeating: false, count: dimension)
      for factor in exponents { axes[factor.axis] = factor.power % 2 == 1 }
      guard reduced(axes, false) != nil else { continue }
      let moment = cloud.moment(exponents)
      if abs(moment) > tolerance, let equation = reduced(axes, moment < 0) {
        add(equation)
        margin = min(margin, 2 * abs(moment))
      }
    }
    // Signs that no equation has as its pivot are free, and stay as they are.
    var signs = [Scalar](repeating: 1, count: dimension)
    for pivot in (0..<dimension).reversed() {
      guard let equation = equations[pivot] else { continue }
      signs[pivot] = equation.isNegative ? -1 : 1
      for j in (pivot + 1)..<dimension where equation.axes[j] { signs[pivot] *= signs[j] }
    }
    self.signs = signs
    let free = dimension - rank
    candidates = free < Int.bitWidth - 1 ? 1 << free : .max
    self.margin = margin
  }
}

/// The element of a list with the largest moments.
private struct ListChoice<Scalar: FrameScalar> {
  var index = 0
  var candidates = 1
  var margin: Scalar = 2

  init(_ points: Matrix<Scalar>, _ frame: Frame<Scalar>, tolerance: Scalar) {
    let heaviest = frame.weights?.max() ?? 0
    var indices = (0..<frame.count).filter { index in
      frame.weights.map { $0[index] >= heaviest * (1 - tolerance) } ?? true
    }
    let reach = CanonicalPose.reach(of: points) / frame.scale
    var clouds = indices.map { MomentCloud(frame[$0].inverseTransformed(points), reach: reach) }
    for exponents in MomentCloud.Moments(frame) where clouds.count > 1 {
      let values = clouds.map { $0.moment(exponents) }
      let largest = values.max() ?? 0
      let kept = values.indices.filter { values[$0] >= largest - tolerance }
      guard kept.count < values.count else { continue }
      for value in values where value < largest - tolerance { margin = min(margin, largest - value) }
      indices = kept.map { indices[$0] }
      clouds = kept.map { clouds[$0] }
    }
    index = indices[0]
    candidates = indices.count
  }
}
