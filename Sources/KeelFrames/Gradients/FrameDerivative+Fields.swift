public import Keel

/// The cotangents of what went into an average of fields.
public struct FieldCotangents<Scalar: FrameScalar>: Hashable, Sendable {
  /// Of the cloud, n × d: through the function and through the frame.
  public let points: Matrix<Scalar>
  /// Of the other fields, each in its shape.
  public let fields: [Matrix<Scalar>]
  /// The number of pairs of axes at which the rule for equal eigenvalues made itself felt; 0 if the result is exact.
  public let alteredPairs: Int
  /// The largest derivative by the angle of a turn among axes of equal eigenvalues; see ``FrameGradient``.
  public let dependenceOnChoice: Scalar
}

/// An equivariant average of fields, and how to carry a cotangent of it back to what it was made from.
public struct DifferentiableFieldAverage<Scalar: FrameScalar> {
  /// Carries cotangents of the outputs of a function at a canonical cloud back to its inputs.
  public typealias Pullback = ([Matrix<Scalar>]) -> [Matrix<Scalar>]

  /// The averages.
  public let outputs: [Field<Scalar>]
  private let derivative: FrameDerivative<Scalar>
  private let elements: RelativeElements<Scalar>
  /// E⁻¹X: the cloud and the other fields in the coordinates of the axes.
  private let canonical: [Field<Scalar>]
  /// Σ_k w_k Q_k·Φ_k: the averages in the coordinates of the axes.
  private let sums: [Field<Scalar>]
  private let pullbacks: [Pullback]

  /// The average of a function over the frame of a derivative.
  init(
    _ derivative: FrameDerivative<Scalar>, fields: [Field<Scalar>],
    _ function: ([Field<Scalar>]) -> (outputs: [Field<Scalar>], pullback: Pullback)
  ) throws(FrameError) {
    let frame = derivative.frame
    precondition(
      frame.count <= Frame<Scalar>.largestAverage, "The frame is too large to average over all of it")
    let elements = RelativeElements(frame, axes: derivative.axes.axes)
    let cloud = Field(.point, (derivative.centered * derivative.axes.axes) / frame.scale)
    let canonical =
      [cloud] + fields.map { elements.base.inverseTransformed($0) }
    try derivative.checkAxesWithoutExtent(inputs: canonical.dropFirst())
    var sums: [Field<Scalar>] = []
    var pullbacks: [Pullback] = []
    for k in 0..<frame.count {
      let turn = elements.turn(k)
      let value = function(canonical.map { turn.undone(on: $0) })
      if k == 0 {
        try derivative.checkAxesWithoutExtent(outputs: value.outputs)
        sums = value.outputs.map(\.zeros)
      }
      sums.accumulate(value.outputs.map { turn.applied(to: $0) }, weight: frame.weight(k))
      pullbacks.append(value.pullback)
    }
    outputs = sums.map { elements.base.transformed($0) }
    self.derivative = derivative
    self.elements = elements
    self.canonical = canonical
    self.sums = sums
    self.pullbacks = pullbacks
  }

  /// The cotangents of the cloud and of the other fields for cotangents of the outputs.
  ///
  /// - Parameter cotangents: a matrix an output, of its shape.
  /// - Complexity: as many pullbacks of the function as the frame has elements, and O(d) a number of the fields.
  /// - Precondition: the shapes fit, also of what the pullbacks of the function return: a matrix an input, of its
  ///   shape, the cloud first.
  public func pullback(_ cotangents: [Matrix<Scalar>]) -> FieldCotangents<Scalar> {
    precondition(cotangents.count == sums.count, "There is a cotangent an output")
    let base = elements.base
    let d = base.dimension
    var turning = Matrix<Scalar>(zeros: d, d)
    var (scale, center) = (0 as Scalar, Array(repeating: 0 as Scalar, count: d))
    // Back through E: cotangents of the sums.
    var inner: [Field<Scalar>] = []
    for (sum, cotangent) in zip(sums, cotangents) {
      precondition(
        cotangent.rows == sum.values.rows && cotangent.columns == sum.values.columns,
        "A cotangent has the shape of the output")
      let factor = base.factor(of: sum.kind)
      let field = Field(sum.kind, cotangent).turned(by: base.rotation.transposed, factor: factor)
      turning += field.turning(of: sum, dimension: d, forward: true)
      if sum.kind.scales { scale += field.values.hadamard(sum.values).sum / base.scale }
      if sum.kind == .point {
        center = zip(center, Field(.point, cotangent).sumOfVectors(dimension: d)).map { $0 + $1 }
      }
      inner.append(field)
    }
    // Back through every element: cotangents of the inputs in the coordinates of the axes.
    var back = canonical.map(\.zeros)
    for (k, pullback) in pullbacks.enumerated() {
      let turn = elements.turn(k)
      let terms = pullback(inner.map { turn.undone(on: $0).values })
      precondition(
        terms.count == back.count
          && zip(terms, back).allSatisfy { $0.rows == $1.values.rows && $0.columns == $1.values.columns },
        "A pullback returns a matrix an input, of its shape")
      back.accumulate(
        zip(terms, canonical).map { turn.applied(to: Field($1.kind, $0)) }, weight: derivative.frame.weight(k)
      )
    }
    // Back through E⁻¹.
    var fields: [Matrix<Scalar>] = []
    for (index, (field, cotangent)) in zip(canonical, back).enumerated() {
      turning += cotangent.turning(of: field, dimension: d, forward: false)
      if field.kind.scales { scale -= cotangent.values.hadamard(field.values).sum / base.scale }
      guard index > 0 else { continue }
      let factor = 1 / base.factor(of: field.kind)
      let outer = cotangent.turned(by: base.rotation, factor: factor)
      if field.kind == .point {
        center = zip(center, outer.sumOfVectors(dimension: d)).map { $0 - $1 }
      }
      fields.append(outer.values)
    }
    let points = derivative.pullback(
      turning: turning, scale: scale, center: center, direct: back[0].values / base.scale)
    return FieldCotangents(
      points: points, fields: fields, alteredPairs: derivative.axes.alteredPairs,
      dependenceOnChoice: derivative.axes.dependenceOnChoice(turning: turning))
  }
}

extension FrameDerivative {
  /// The equivariant average of a function of fields, and its pullback.
  ///
  /// - Parameters:
  ///   - fields: what the function needs beside the cloud: velocities, charges and so on.
  ///   - function: Φ, a differentiable function of the canonical cloud, a field of points, and of the other fields:
  ///     its outputs, and its pullback, which takes a cotangent an output and returns one an input, the cloud first.
  /// - Returns: the averages, with a pullback for as many cotangents as are wanted.
  /// - Complexity: `frame.count` evaluations of Φ; their pullbacks are kept.
  /// - Throws: ``FrameError/undefined(argument:reason:)`` if the average has no derivative because the cloud has no
  ///   extent along two or more axes, and outputs or other fields point there; only by ``EqualAxesRule/refuse``.
  /// - Precondition: the fields are whole values of their kinds, and the frame has at most ``FiniteFrame/largestAverage``
  ///   elements.
  public func average(
    fields: [Field<Scalar>] = [],
    _ function: ([Field<Scalar>]) -> (
      outputs: [Field<Scalar>], pullback: DifferentiableFieldAverage<Scalar>.Pullback
    )
  ) throws(FrameError) -> DifferentiableFieldAverage<Scalar> {
    try DifferentiableFieldAverage(self, fields: fields, function)
  }

  /// The number of axes along which the cloud has no extent, if that leaves a choice of axes that matters.
  private var undeterminedAxes: Int {
    let null = frame.dimension - certificate.rank
    return null > 1 && rule == .refuse ? null : 0
  }

  /// Refuses averages that turn with axes along which the cloud has no extent, and that nothing determines.
  fileprivate func checkAxesWithoutExtent(outputs: [Field<Scalar>]) throws(FrameError) {
    guard undeterminedAxes > 0, let output = outputs.first(where: { $0.kind.order > 0 }) else { return }
    throw .undefined(
      argument: "points",
      reason: """
        they have no extent along \(undeterminedAxes) axes, so that an average of the kind \(output.kind.rawValue) has \
        no derivative
        """)
  }

  /// Refuses fields with components along such axes, in the coordinates of the axes.
  fileprivate func checkAxesWithoutExtent(inputs: ArraySlice<Field<Scalar>>) throws(FrameError) {
    let (d, null) = (frame.dimension, undeterminedAxes)
    guard null > 0 else { return }
    for (index, field) in inputs.enumerated() where field.kind.order > 0 {
      let width = field.kind.width(dimension: d)
      let largest = field.values.elements.reduce(0) { max($0, abs($1)) }
      let bound = largest * Scalar(64 * d) * Scalar.ulpOfOne
      for row in 0..<field.values.rows {
        for column in 0..<field.values.columns where abs(field.values[row, column]) > bound {
          let entry = column % width
          guard entry % d < null || (field.kind == .tensor && entry / d < null) else { continue }
          throw .undefined(
            argument: "field \(index)",
            reason:
              "it points where the points have no extent, so that its average depends on a choice of axes")
        }
      }
    }
  }
}

extension Field {
  /// The sum of all vectors of a field.
  fileprivate func sumOfVectors(dimension d: Int) -> [Scalar] {
    let sums = values.columnSums
    return (0..<d).map { j in stride(from: j, to: sums.count, by: d).reduce(0) { $0 + sums[$1] } }
  }

  /// What a field and its cotangent, both in the coordinates of the axes, add to VᵀV̄.
  ///
  /// Self is the cotangent. Forward, `v ↦ V v` gives `v̄ᵀv` and `T ↦ V T Vᵀ` gives `T̄Tᵀ + T̄ᵀT`; backward,
  /// `x ↦ Vᵀx` gives `uᵀū` and `T ↦ VᵀTV` gives `UŪᵀ + UᵀŪ`, where u and U are what comes out.
  fileprivate func turning(of field: Field, dimension d: Int, forward: Bool) -> Matrix<Scalar> {
    guard kind.order > 0 else { return Matrix(zeros: d, d) }
    let count = values.rows * channels(dimension: d)
    let (left, right) = forward ? (self, field) : (field, self)
    if kind.order == 1 {
      let a = Matrix(rows: count, columns: d, elements: left.values.elements)
      return a.transposed * Matrix(rows: count, columns: d, elements: right.values.elements)
    }
    var result = Matrix<Scalar>(zeros: d, d)
    for index in 0..<count {
      let range = (index * d * d)..<((index + 1) * d * d)
      let a = Matrix(rows: d, columns: d, elements: Array(left.values.elements[range]))
      let b = Matrix(rows: d, columns: d, elements: Array(right.values.elements[range]))
      BLAS.gemm(1, a, b.transposed, beta: 1, into: &result)
      BLAS.gemm(1, a.transposed, b, beta: 1, into: &result)
    }
    return result
  }
}
