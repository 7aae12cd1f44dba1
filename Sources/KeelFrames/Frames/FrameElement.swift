public import Keel

/// One transformation `x ↦ c·R x + t` of ℝᵈ: an element of a group, or of a frame.
///
/// A cloud X has a point a row, so that g acts by `c·X Rᵀ + 1tᵀ`, and its inverse by `(X - 1tᵀ) R / c`.
public struct FrameElement<Scalar: FrameScalar>: Hashable, FrameTransformation {
  /// R, orthogonal, d × d.
  public let rotation: Matrix<Scalar>
  /// t, d numbers.
  public let translation: [Scalar]
  /// c, positive.
  public let scale: Scalar
  /// The sign of `det R`: +1 for a rotation, -1 if there is a reflection.
  public let orientation: Scalar

  /// The transformation `x ↦ c·R x + t`.
  ///
  /// - Complexity: O(d³), for the sign of the determinant.
  /// - Precondition: R is square, and t has as many entries as R has rows.
  public init(rotation: Matrix<Scalar>, translation: [Scalar], scale: Scalar = 1) {
    self.init(
      rotation: rotation, translation: translation, scale: scale,
      orientation: determinantSign(of: rotation))
  }

  /// The transformation with a rotation of which the sign of the determinant is known.
  init(rotation: Matrix<Scalar>, translation: [Scalar], scale: Scalar, orientation: Scalar) {
    precondition(
      rotation.rows == rotation.columns && rotation.rows == translation.count,
      "A rotation is square, and a translation has its size")
    self.rotation = rotation
    self.translation = translation
    self.scale = scale
    self.orientation = orientation
  }

  /// The transformation that changes nothing.
  public init(identity dimension: Int) {
    self.init(
      rotation: Matrix(identity: dimension), translation: Array(repeating: 0, count: dimension))
  }

  /// A random element: R by the invariant measure, t normal with a deviation, log c normal with deviation 1.
  ///
  /// What does not belong to the group is left out.
  public static func random(
    of group: FrameGroup, dimension: Int, translationDeviation: Scalar = 1, using stream: inout RandomStream
  ) -> FrameElement {
    let rotation: Matrix<Scalar> =
      group.isProper
      ? .randomRotation(dimension, using: &stream) : .randomOrthogonal(dimension, using: &stream)
    let translation: [Scalar] = (0..<dimension).map { _ in
      group.translates ? stream.normal(mean: 0, deviation: translationDeviation) : 0
    }
    let scale: Scalar = group.scales ? Scalar.exp(stream.normal()) : 1
    return FrameElement(rotation: rotation, translation: translation, scale: scale)
  }

  /// gX: every row x becomes `c·R x + t`.
  ///
  /// - Precondition: the rows have d entries.
  public func transformed(_ points: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(points.columns == dimension, "The points must have the dimension of the transformation")
    var result = points * rotation.transposed
    for i in 0..<result.rows {
      for j in 0..<dimension { result[i, j] = scale * result[i, j] + translation[j] }
    }
    return result
  }

  /// g⁻¹X: every row x becomes `Rᵀ(x - t) / c`.
  ///
  /// - Precondition: the rows have d entries.
  public func inverseTransformed(_ points: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(points.columns == dimension, "The points must have the dimension of the transformation")
    let centered = Matrix(rows: points.rows, columns: dimension) { i, j in
      (points[i, j] - translation[j]) / scale
    }
    return centered * rotation
  }

  /// The inverse transformation.
  public var inverse: FrameElement {
    let back = Matrix(rotation.transposed)
    return FrameElement(
      rotation: back, translation: (back * translation).map { -$0 / scale }, scale: 1 / scale,
      orientation: orientation)
  }

  /// The composition: first `right`, then `left`.
  public static func * (left: FrameElement, right: FrameElement) -> FrameElement {
    FrameElement(
      rotation: left.rotation * right.rotation,
      translation: zip(left.rotation * right.translation, left.translation).map { left.scale * $0 + $1 },
      scale: left.scale * right.scale, orientation: left.orientation * right.orientation)
  }
}

/// The sign of the determinant of a matrix that is not singular; 1 for one that is, or that is not finite.
func determinantSign<Scalar: FrameScalar>(of matrix: Matrix<Scalar>) -> Scalar {
  let elements = matrix.elements
  return determinantSign(order: matrix.rows) { elements[$0] }
}

/// The sign of the determinant of a matrix given by its elements, row by row.
///
/// Closed forms up to order 3: they are exact to a few roundings for orthogonal matrices, whose determinant is far
/// from zero.
func determinantSign<Scalar: FrameScalar>(order: Int, _ a: (Int) -> Scalar) -> Scalar {
  let determinant: Scalar
  switch order {
  case 0: determinant = 1
  case 1: determinant = a(0)
  case 2: determinant = a(0) * a(3) - a(1) * a(2)
  case 3:
    let first = a(0) * (a(4) * a(8) - a(5) * a(7))
    let second = a(1) * (a(3) * a(8) - a(5) * a(6))
    let third = a(2) * (a(3) * a(7) - a(4) * a(6))
    determinant = first - second + third
  default:
    guard let factors = try? LU(Matrix(rows: order, columns: order) { i, j in a(i * order + j) }) else {
      return 1
    }
    determinant = factors.logDeterminant.sign
  }
  return determinant < 0 ? -1 : 1
}
