import Keel

/// The axes that the points of a cloud make one after the other, with their conditional weights.
struct AxisChain<Scalar: FrameScalar> {
  /// An orthogonal matrix and its weight.
  struct Element {
    let rotation: Matrix<Scalar>
    var weight: Scalar
  }

  private let dimension: Int
  private let proper: Bool
  private let stabilization: Scalar
  private let limit: Int
  private let cloud: CloudAxes<Scalar>
  private let squaredSize: Scalar
  private var count = 0
  /// The mean, by weight, of bounds on the angles by which rounding may have turned an axis.
  private(set) var error: Scalar = 0

  init(_ cloud: CloudAxes<Scalar>, stabilization: Scalar, limit: Int) {
    self.cloud = cloud
    dimension = cloud.shape.columns
    proper = cloud.principal.group.isProper
    self.stabilization = stabilization
    self.limit = limit
    squaredSize = cloud.shape.elements.reduce(0) { $0 + $1 * $1 }
  }

  /// All elements.
  mutating func elements() throws(FrameError) -> [Element] {
    let rows = (0..<cloud.shape.rows).map { cloud.shape.rowArray($0) }
    return try elements(
      axes: [], rest: rows, weight: 1, distanceError: cloud.pointError, axisError: 0)
  }

  /// The elements that begin with given axes.
  ///
  /// - Parameters:
  ///   - axes: orthonormal.
  ///   - rest: what is left of each point without its components along the axes.
  ///   - weight: the weight of the axes.
  ///   - distanceError: a bound on the rounding errors of what is left.
  ///   - axisError: a bound on the angle by which rounding may have turned an axis so far.
  private mutating func elements(
    axes: [[Scalar]], rest: [[Scalar]], weight: Scalar, distanceError: Scalar, axisError: Scalar
  ) throws(FrameError) -> [Element] {
    let free = dimension - axes.count
    let squares = rest.map { $0.reduce(0) { $0 + $1 * $1 } }
    let threshold = distanceError * distanceError
    let total = squares.reduce(0) { $1 > threshold ? $0 + $1 : $0 }
    guard free > 1, total > 0 else {
      error += weight * axisError
      return try completions(of: axes, weight: weight)
    }
    var result: [Element] = []
    for (i, square) in squares.enumerated() where square > threshold {
      let share = weight * square / total
      guard share > 0 else { continue }
      let axis = Self.unit(rest[i], orthogonalTo: axes)
      let left = free == 2 ? [] : rest.map { Self.removing(axis, from: $0) }
      let turn = distanceError / square.squareRoot()
      result += try elements(
        axes: axes + [axis], rest: left, weight: share,
        distanceError: distanceError + 2 * turn * squaredSize.squareRoot(), axisError: max(axisError, turn))
    }
    return axes.isEmpty ? result : try stabilized(result, free: free, fraction: total / squaredSize)
  }

  /// Elements whose last axes are turned in all ways that stand for the rotations about the others, to the degree to
  /// which the points leave these axes open.
  private mutating func stabilized(
    _ elements: [Element], free: Int, fraction: Scalar
  ) throws(FrameError) -> [Element] {
    guard fraction < stabilization else { return elements }
    let kept = smoothStep(fraction / stabilization)
    let more = elements.count.multipliedReportingOverflow(
      by: IsotropicGroup.signedCycleCount(free, proper: true) - 1)
    try count(more.overflow ? 1 << 60 : min(more.partialValue, 1 << 60))
    let turns: [Matrix<Scalar>] = IsotropicGroup.signedCycles(free, proper: true)
    return elements.flatMap { element in
      turns.enumerated().map { index, turn in
        // The first of the group is the identity.
        let weight = (1 - kept) / Scalar(turns.count) + (index == 0 ? kept : 0)
        return Element(
          rotation: element.rotation.turningLastColumns(by: turn), weight: element.weight * weight)
      }
    }
  }

  /// The elements with given first axes, the others in all ways.
  private mutating func completions(
    of axes: [[Scalar]], weight: Scalar
  ) throws(FrameError) -> [Element] {
    let free = dimension - axes.count
    try count(free > 0 ? IsotropicGroup.signedCycleCount(free, proper: proper) : 1)
    var rows = axes
    while rows.count < dimension { rows.append(Self.complement(of: rows, dimension: dimension)) }
    var rotation = Matrix(rows: dimension, columns: dimension) { i, j in rows[j][i] }
    if proper && dimension > 0 && determinantSign(of: rotation) < 0 {
      for i in 0..<dimension { rotation[i, dimension - 1].negate() }
    }
    guard free > 0 else { return [Element(rotation: rotation, weight: weight)] }
    let turns: [Matrix<Scalar>] = IsotropicGroup.signedCycles(free, proper: proper)
    return turns.map {
      Element(rotation: rotation.turningLastColumns(by: $0), weight: weight / Scalar(turns.count))
    }
  }

  /// Counts elements, of which there must not be too many.
  private mutating func count(_ more: Int) throws(FrameError) {
    count += more
    guard count <= limit else {
      throw .tooManyElements(argument: "points", count: "more than \(limit)", limit: "\(limit)")
    }
  }

  private static func removing(_ axis: [Scalar], from vector: [Scalar]) -> [Scalar] {
    let component = zip(axis, vector).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(vector, axis).map { $0 - component * $1 }
  }

  /// The unit vector of a vector that is nearly orthogonal to axes, made orthogonal to rounding.
  private static func unit(_ vector: [Scalar], orthogonalTo axes: [[Scalar]]) -> [Scalar] {
    var result = vector
    for _ in 0..<2 {
      let norm = result.reduce(0) { $0 + $1 * $1 }.squareRoot()
      result = axes.reduce(result.map { $0 / norm }) { removing($1, from: $0) }
    }
    let norm = result.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return result.map { $0 / norm }
  }

  /// A unit vector orthogonal to axes that do not span the space.
  private static func complement(of axes: [[Scalar]], dimension: Int) -> [Scalar] {
    var (best, largest) = ([Scalar](), -1 as Scalar)
    for j in 0..<dimension {
      let vector = axes.reduce((0..<dimension).map { $0 == j ? 1 : 0 }) { removing($1, from: $0) }
      let square = vector.reduce(0) { $0 + $1 * $1 }
      if square > largest { (best, largest) = (vector, square) }
    }
    return unit(best, orthogonalTo: axes)
  }
}

/// `3t² - 2t³` between 0 and 1, and 0 and 1 beyond: continuously differentiable.
func smoothStep<Scalar: FrameScalar>(_ x: Scalar) -> Scalar {
  let t = min(max(x, 0), 1)
  return t * t * (3 - 2 * t)
}

extension Matrix {
  /// The product with `diag(I, turn)`: the last columns are turned among themselves.
  fileprivate func turningLastColumns(by turn: Matrix) -> Matrix {
    let first = columns - turn.columns
    return Matrix(rows: rows, columns: columns) { i, j in
      j < first
        ? self[i, j] : (0..<turn.rows).reduce(0) { $0 + self[i, first + $1] * turn[$1, j - first] }
    }
  }
}
