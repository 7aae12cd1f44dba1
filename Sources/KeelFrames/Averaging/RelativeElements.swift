import Keel

/// The elements of a frame as `E·Q_k`: one transformation E, and rotations Q_k relative to it.
///
/// For signed axes E has the axes as its rotation and Q_k is a diagonal of signs, so that an average
///
///     Σ_k w_k E Q_k · Φ(Q_k⁻¹ E⁻¹X) = E · Σ_k w_k Q_k · Φ(Q_kᵀ · E⁻¹X)
///
/// needs one change of coordinates before and one after; between, signs are flipped.
struct RelativeElements<Scalar: FrameScalar> {
  /// The rotations Q_k.
  private enum Turns {
    case signs(proper: Bool)
    case matrices([Matrix<Scalar>])
  }

  /// E.
  let base: FrameElement<Scalar>
  private let turns: Turns

  /// The elements of a frame, relative to its axes, or to none if they are a list.
  init(_ frame: Frame<Scalar>) {
    switch frame.rotations {
    case .signed(let axes, let orientation, let proper):
      self.init(
        base: FrameElement(
          rotation: axes, translation: frame.center, scale: frame.scale, orientation: orientation),
        turns: .signs(proper: proper))
    case .list(let matrices):
      self.init(
        base: FrameElement(
          rotation: Matrix(identity: frame.dimension), translation: frame.center, scale: frame.scale),
        turns: .matrices(matrices))
    }
  }

  /// The elements of a frame relative to given axes; if it has signed axes, these.
  init(_ frame: Frame<Scalar>, axes: Matrix<Scalar>) {
    switch frame.rotations {
    case .signed: self.init(frame)
    case .list(let matrices):
      self.init(
        base: FrameElement(rotation: axes, translation: frame.center, scale: frame.scale),
        turns: .matrices(matrices.map { axes.transposed * $0 }))
    }
  }

  private init(base: FrameElement<Scalar>, turns: Turns) {
    self.base = base
    self.turns = turns
  }

  /// Q_k for one k: bit j of k turns axis j round, and the last of proper rotations makes their number even.
  func turn(_ k: Int) -> RelativeTurn<Scalar> {
    switch turns {
    case .matrices(let matrices):
      return RelativeTurn(orientation: determinantSign(of: matrices[k]), content: .matrix(matrices[k]))
    case .signs(let proper):
      let d = base.dimension
      var signs = (0..<d).map { j in j < Int.bitWidth - 1 && k >> j & 1 == 1 ? -1 as Scalar : 1 }
      if proper && d > 0 { signs[d - 1] = signs.dropLast().reduce(1, *) }
      return RelativeTurn(orientation: signs.reduce(1, *), content: .signs(signs))
    }
  }
}

/// A rotation relative to the axes of a frame: Q.
struct RelativeTurn<Scalar: FrameScalar> {
  /// How Q is given.
  enum Content {
    /// The diagonal.
    case signs([Scalar])
    /// All of it.
    case matrix(Matrix<Scalar>)
  }

  /// The sign of det Q.
  let orientation: Scalar
  let content: Content

  /// Q applied to the values of a field; a point is turned about the origin.
  func applied(to field: Field<Scalar>) -> Field<Scalar> { turned(field, back: false) }

  /// Qᵀ applied to the values of a field, which is the inverse of ``applied(to:)`` and its transpose.
  func undone(on field: Field<Scalar>) -> Field<Scalar> { turned(field, back: true) }

  private func turned(_ field: Field<Scalar>, back: Bool) -> Field<Scalar> {
    let sign = field.kind.isPseudo ? orientation : 1
    switch content {
    case .matrix(let matrix):
      return back
        ? field.turned(by: matrix.transposed, factor: sign) : field.turned(by: matrix, factor: sign)
    case .signs(let signs):
      // The signs of one value of the field: of its number, its d components, or its d² entries.
      let pattern: [Scalar] =
        switch field.kind.order {
        case 0: [sign]
        case 1: signs.map { sign * $0 }
        default: signs.flatMap { a in signs.map { a * $0 } }
        }
      guard !pattern.allSatisfy({ $0 == 1 }) else { return field }
      let channels = field.channels(dimension: signs.count)
      return Field(
        field.kind, field.values.scalingColumns(by: (0..<channels).flatMap { _ in pattern }))
    }
  }
}
