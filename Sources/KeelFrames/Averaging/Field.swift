public import Keel

/// How the numbers of a field change under a transformation `x ↦ c·R x + t`.
public enum FieldKind: String, Hashable, Sendable, CaseIterable {
  /// Not at all.
  case scalar
  /// By the factor det R.
  case pseudoscalar
  /// v becomes `c·R v`: differences of points, velocities, forces.
  case vector
  /// v becomes `det R · R v`: cross products, torques.
  case pseudovector
  /// x becomes `c·R x + t`.
  case point
  /// T becomes `R T Rᵀ`: stresses, moments of inertia. By rows, d² numbers.
  case tensor

  /// The numbers of one value in ℝᵈ.
  public func width(dimension: Int) -> Int {
    switch self {
    case .scalar, .pseudoscalar: 1
    case .vector, .pseudovector, .point: dimension
    case .tensor: dimension * dimension
    }
  }
}

/// Values of one kind, for example one a point: what goes into a function that is averaged, and what comes out.
public struct Field<Scalar: FrameScalar>: Hashable, Sendable {
  /// How the values change under a transformation.
  public let kind: FieldKind
  /// A row a place; each row has one or more values of the kind side by side, its channels.
  public var values: Matrix<Scalar>

  /// Values of a kind.
  public init(_ kind: FieldKind, _ values: Matrix<Scalar>) {
    self.kind = kind
    self.values = values
  }
}

extension FrameTransformation {
  /// The field after the transformation.
  ///
  /// - Precondition: the width of the values is a multiple of that of their kind.
  public func transformed(_ field: Field<Scalar>) -> Field<Scalar> {
    let width = field.kind.width(dimension: dimension)
    precondition(
      width == 0 ? field.values.columns == 0 : field.values.columns % width == 0,
      "A field's rows are whole values of its kind")
    let channels = width == 0 ? 0 : field.values.columns / width
    let sign = field.kind == .pseudoscalar || field.kind == .pseudovector ? orientation : 1
    var result = field
    switch field.kind {
    case .scalar: break
    case .pseudoscalar:
      result.values = Matrix(rows: field.values.rows, columns: field.values.columns) { i, j in
        sign * field.values[i, j]
      }
    case .vector, .pseudovector, .point:
      let factor = field.kind == .pseudovector ? sign : scale
      for i in 0..<field.values.rows {
        for channel in 0..<channels {
          for j in 0..<width {
            var sum: Scalar = 0
            for k in 0..<width { sum += rotation[j, k] * field.values[i, channel * width + k] }
            result.values[i, channel * width + j] =
              factor * sum + (field.kind == .point ? translation[j] : 0)
          }
        }
      }
    case .tensor:
      for i in 0..<field.values.rows {
        for channel in 0..<channels {
          let tensor = Matrix(rows: dimension, columns: dimension) { a, b in
            field.values[i, channel * width + a * dimension + b]
          }
          let turned = rotation * tensor * rotation.transposed
          for a in 0..<dimension {
            for b in 0..<dimension {
              result.values[i, channel * width + a * dimension + b] = turned[a, b]
            }
          }
        }
      }
    }
    return result
  }

  /// The field before the transformation: what ``transformed(_:)-(Field<Scalar>)`` undoes.
  public func inverseTransformed(_ field: Field<Scalar>) -> Field<Scalar> { inverse.transformed(field) }
}
