public import Keel

/// A Lorentz transformation `x ↦ Λx` of ℝᵈ with time as the first coordinate: `ΛᵀηΛ = η = diag(1, -1, …, -1)`.
///
/// A cloud has a four-vector a row. Velocities are in units of the speed of light.
public struct LorentzElement<Scalar: FrameScalar>: Hashable, FrameTransformation {
  /// Λ, d × d.
  public let rotation: Matrix<Scalar>
  /// The sign of det Λ.
  public let orientation: Scalar

  /// Zeros: translations are not among the transformations.
  public var translation: [Scalar] { Array(repeating: 0, count: rotation.rows) }

  /// 1.
  public var scale: Scalar { 1 }

  /// The transformation of a matrix.
  ///
  /// - Complexity: O(d³), for the sign of the determinant.
  /// - Precondition: Λ is square; that it keeps η is the caller's.
  public init(_ matrix: Matrix<Scalar>) {
    precondition(matrix.rows == matrix.columns, "A Lorentz transformation is square")
    self.init(matrix, orientation: determinantSign(of: matrix))
  }

  init(_ matrix: Matrix<Scalar>, orientation: Scalar) {
    rotation = matrix
    self.orientation = orientation
  }

  /// The boost to a velocity: it takes a body at rest to one with that velocity.
  ///
  /// With `γ = 1 / √(1 - β²)` it is `[[γ, γβᵀ], [γβ, 1 + γ²ββᵀ/(1 + γ)]]`.
  ///
  /// - Parameter velocity: β, d - 1 numbers.
  /// - Throws: ``FrameError/outOfRange(argument:expected:found:)`` unless `|β| < 1`.
  public init(boostTo velocity: [Scalar]) throws(FrameError) {
    let square = velocity.reduce(0) { $0 + $1 * $1 }
    guard square < 1 else {
      throw .outOfRange(
        argument: "velocity", expected: "below 1", found: "\(square.squareRoot())")
    }
    let gamma = 1 / (1 - square).squareRoot()
    self.init(fourVelocity: [gamma] + velocity.map { gamma * $0 })
  }

  /// The boost of a unit vector `u = (γ, γβ)`: `[[u₀, wᵀ], [w, 1 + wwᵀ/(1 + u₀)]]` with the spatial part w.
  init(fourVelocity u: [Scalar]) {
    let matrix = Matrix<Scalar>(rows: u.count, columns: u.count) { i, j in
      if i == 0 || j == 0 { return u[i + j] }
      return (i == j ? 1 : 0) + u[i] * u[j] / (1 + u[0])
    }
    self.init(matrix, orientation: 1)
  }

  /// A random transformation: a rotation, or in half of the cases one with a reflection, of the invariant measure, and
  /// a boost of normal rapidity in a uniform direction.
  ///
  /// - Parameters:
  ///   - dimension: d, at least 2, with time.
  ///   - isProper: whether reflections are left out.
  ///   - rapidityDeviation: the standard deviation of the rapidity.
  ///   - stream: where the numbers come from.
  public static func random(
    dimension: Int, isProper: Bool, rapidityDeviation: Scalar, using stream: inout RandomStream
  ) -> LorentzElement {
    precondition(dimension >= 2, "Space has a dimension at least, and time has one")
    let d = dimension - 1
    let turn: Matrix<Scalar> =
      isProper ? .randomRotation(d, using: &stream) : .randomOrthogonal(d, using: &stream)
    let direction = Matrix<Scalar>.randomOrthonormalRows(1, d, using: &stream).elements
    let rapidity: Scalar = stream.normal(mean: 0, deviation: rapidityDeviation)
    let boost = LorentzElement(
      fourVelocity: [.cosh(rapidity)] + direction.map { .sinh(rapidity) * $0 })
    return boost * LorentzElement(spatial: turn, orientation: determinantSign(of: turn))
  }

  /// A rotation or reflection of space.
  init(spatial: Matrix<Scalar>, orientation: Scalar) {
    let matrix = Matrix<Scalar>(rows: spatial.rows + 1, columns: spatial.rows + 1) { i, j in
      i > 0 && j > 0 ? spatial[i - 1, j - 1] : i == j ? 1 : 0
    }
    self.init(matrix, orientation: orientation)
  }

  /// The inverse, `Λ⁻¹ = ηΛᵀη`.
  public var inverse: LorentzElement {
    let back = Matrix<Scalar>(rows: dimension, columns: dimension) { i, j in
      (i == 0) == (j == 0) ? rotation[j, i] : -rotation[j, i]
    }
    return LorentzElement(back, orientation: orientation)
  }

  /// Every row x becomes Λx.
  ///
  /// - Precondition: the rows have d entries.
  public func transformed(_ points: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(points.columns == dimension, "The points must have the dimension of the transformation")
    return points * rotation.transposed
  }

  /// Every row x becomes `Λ⁻¹x`.
  ///
  /// - Precondition: the rows have d entries.
  public func inverseTransformed(_ points: Matrix<Scalar>) -> Matrix<Scalar> { inverse.transformed(points) }

  /// The composition: first `right`, then `left`.
  public static func * (left: LorentzElement, right: LorentzElement) -> LorentzElement {
    LorentzElement(left.rotation * right.rotation, orientation: left.orientation * right.orientation)
  }
}
