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

  /// Whether a reflection changes the sign: by the factor det R.
  var isPseudo: Bool { self == .pseudoscalar || self == .pseudovector }

  /// Whether a scaling multiplies the values.
  var scales: Bool { self == .vector || self == .point }

  /// The number of axes that R turns: the rank of the tensors.
  var order: Int {
    switch self {
    case .scalar, .pseudoscalar: 0
    case .vector, .pseudovector, .point: 1
    case .tensor: 2
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

  /// Values that were read from somewhere: their number and that they are finite is checked.
  ///
  /// - Parameters:
  ///   - kind: how the values change under a transformation.
  ///   - values: a row a place.
  ///   - dimension: d.
  ///   - argument: the name of the field in errors.
  /// - Throws: ``FrameError/wrongShape(argument:expected:found:)`` if the rows are not whole values of the kind in
  ///   ℝᵈ; ``FrameError/notFinite(argument:position:)``.
  public init(
    checking kind: FieldKind, _ values: Matrix<Scalar>, dimension: Int, argument: String = "field"
  ) throws(FrameError) {
    let width = kind.width(dimension: dimension)
    guard width == 0 ? values.columns == 0 : values.columns.isMultiple(of: width) else {
      throw .wrongShape(
        argument: argument, expected: "rows of a multiple of \(width) numbers", found: "\(values.columns)")
    }
    for i in 0..<values.rows {
      for j in 0..<values.columns where !values[i, j].isFinite {
        throw .notFinite(argument: argument, position: "row \(i), column \(j)")
      }
    }
    self.init(kind, values)
  }

  /// The number of values of the kind in a row.
  ///
  /// - Precondition: the rows are whole values of the kind in ℝᵈ.
  public func channels(dimension: Int) -> Int {
    let width = kind.width(dimension: dimension)
    precondition(
      width == 0 ? values.columns == 0 : values.columns.isMultiple(of: width),
      "A field's rows are whole values of its kind")
    return width == 0 ? 0 : values.columns / width
  }
}

extension FrameTransformation {
  /// The field after the transformation.
  ///
  /// - Precondition: the width of the values is a multiple of that of their kind.
  /// - Complexity: O(d) a number.
  public func transformed(_ field: Field<Scalar>) -> Field<Scalar> {
    let turned = field.turned(by: rotation, factor: factor(of: field.kind))
    guard field.kind == .point else { return turned }
    return Field(.point, turned.values.addingToRows(repeated(translation, in: field)))
  }

  /// The field before the transformation: what ``transformed(_:)-(Field<Scalar>)`` undoes.
  ///
  /// - Precondition: the width of the values is a multiple of that of their kind.
  /// - Complexity: O(d) a number.
  public func inverseTransformed(_ field: Field<Scalar>) -> Field<Scalar> {
    var source = field
    if field.kind == .point {
      source.values = field.values.addingToRows(repeated(translation.map(-), in: field))
    }
    return source.turned(by: inverse.rotation, factor: 1 / factor(of: field.kind))
  }

  /// What multiplies `R v`, `R T Rᵀ` or a scalar.
  func factor(of kind: FieldKind) -> Scalar {
    kind.isPseudo ? orientation : kind.scales ? scale : 1
  }

  private func repeated(_ vector: [Scalar], in field: Field<Scalar>) -> [Scalar] {
    (0..<field.channels(dimension: dimension)).flatMap { _ in vector }
  }
}

extension Field {
  /// Zeros of the same kind and shape.
  var zeros: Field { Field(kind, Matrix(zeros: values.rows, values.columns)) }

  /// `factor·R` applied to every value: to a scalar, a vector, or from both sides to a tensor.
  ///
  /// The channels of all rows lie one after the other, so vectors of a field are the rows of one matrix.
  func turned(by rotation: some StridedMatrix<Scalar>, factor: Scalar) -> Field {
    let d = rotation.rows
    let count = values.rows * channels(dimension: d)
    switch kind.order {
    case 0: return factor == 1 ? self : Field(kind, factor * values)
    case 1:
      var result = Matrix<Scalar>(zeros: count, d)
      let source = Matrix(rows: count, columns: d, elements: values.elements)
      BLAS.gemm(factor, source, Matrix(rotation).transposed, into: &result)
      return Field(kind, reshaped(result))
    default:
      // (T Rᵀ) for all rows of all tensors at once, then R from the left, tensor by tensor.
      var right = Matrix<Scalar>(zeros: count * d, d)
      let source = Matrix(rows: count * d, columns: d, elements: values.elements)
      BLAS.gemm(factor, source, Matrix(rotation).transposed, into: &right)
      let left = Matrix(rotation)
      let result = Matrix(rows: count * d, columns: d) { row, b in
        let (tensor, a) = (row / d, row % d)
        var sum: Scalar = 0
        for k in 0..<d { sum += left[a, k] * right[tensor * d + k, b] }
        return sum
      }
      return Field(kind, reshaped(result))
    }
  }

  /// The elements of a matrix in the shape of this field.
  private func reshaped(_ matrix: Matrix<Scalar>) -> Matrix<Scalar> {
    Matrix(rows: values.rows, columns: values.columns, elements: matrix.elements)
  }
}
