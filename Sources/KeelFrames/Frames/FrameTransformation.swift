public import Keel

/// One affine transformation `x ↦ c·R x + t` that a frame may hold: an element of a group.
///
/// The linear part R need not be orthogonal: it may be a Lorentz transformation. A cloud X has a point a row, so that
/// g acts by `c·X Rᵀ + 1tᵀ`.
public protocol FrameTransformation<Scalar>: Sendable {
  /// The type of the coordinates.
  associatedtype Scalar: FrameScalar
  /// R, the linear part without the scale, d × d.
  var rotation: Matrix<Scalar> { get }
  /// t, d numbers.
  var translation: [Scalar] { get }
  /// c, positive.
  var scale: Scalar { get }
  /// The sign of `det R`.
  var orientation: Scalar { get }
  /// The inverse transformation.
  var inverse: Self { get }
  /// gX: every row x becomes `c·R x + t`.
  ///
  /// - Precondition: the rows have d entries.
  func transformed(_ points: Matrix<Scalar>) -> Matrix<Scalar>
  /// g⁻¹X: every row x becomes `R⁻¹(x - t) / c`.
  ///
  /// - Precondition: the rows have d entries.
  func inverseTransformed(_ points: Matrix<Scalar>) -> Matrix<Scalar>
}

extension FrameTransformation {
  /// d.
  public var dimension: Int { translation.count }
}
