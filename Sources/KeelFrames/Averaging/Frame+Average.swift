public import Keel

extension FiniteFrame {
  /// The most elements that an average goes through.
  public static var largestAverage: Int { 1 << 24 }

  /// The invariant average `Σ_k w_k φ(g_k⁻¹X)`.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that of which this is the frame.
  ///   - function: φ, any function of a cloud; it must return equally many numbers for each.
  /// - Complexity: ``count`` evaluations of φ; beside them O(n d) an element for signed axes, else O(n d²).
  /// - Throws: what φ throws.
  /// - Precondition: the frame has at most ``largestAverage`` elements, and the points have its dimension.
  ///
  /// Source: Puny et al. (2022), equation 3.
  public func average<Failure: Error>(
    of points: Matrix<Scalar>, _ function: (Matrix<Scalar>) throws(Failure) -> [Scalar]
  ) throws(Failure) -> [Scalar] {
    precondition(count <= Self.largestAverage, "The frame is too large to average over all of it")
    let elements = (self as? Frame<Scalar>).map { RelativeElements($0) }
    let canonical = elements.map { Field(.vector, $0.base.inverseTransformed(points)) }
    var result: [Scalar] = []
    for k in 0..<count {
      let cloud: Matrix<Scalar>
      if let elements, let canonical {
        cloud = elements.turn(k).undone(on: canonical).values
      } else {
        cloud = self[k].inverseTransformed(points)
      }
      let value = try function(cloud)
      let weight = weight(k)
      if k == 0 { result = Array(repeating: 0, count: value.count) }
      precondition(value.count == result.count, "A function that is averaged returns equally many numbers")
      for i in result.indices { result[i] += weight * value[i] }
    }
    return result
  }

  /// The equivariant average `Σ_k w_k g_k·Φ(g_k⁻¹X)` of a function of fields.
  ///
  /// If all of X is a cloud and fields that are made from it, an average over all its principal axes is equivariant
  /// also where the cloud lies in a line or a plane. What the average does along axes on which the cloud has no
  /// extent is then decided by symmetry: vectors vanish there, and tensors are multiples of the identity. Other
  /// fields that point along two or more such axes, for example the velocities of particles in a line, have no part
  /// in the frame: averages then depend on a choice of axes that nothing determines.
  ///
  /// - Parameters:
  ///   - inputs: X: the cloud as a field of points, and whatever else Φ needs.
  ///   - function: Φ; it must return fields of the same kinds and shapes for each.
  /// - Complexity: ``count`` evaluations of Φ; beside them O(1) a number of the fields for signed axes, else O(d).
  /// - Throws: what Φ throws.
  /// - Precondition: the frame has at most ``largestAverage`` elements.
  ///
  /// Source: Puny et al. (2022), equation 4.
  public func average<Failure: Error>(
    of inputs: [Field<Scalar>], _ function: ([Field<Scalar>]) throws(Failure) -> [Field<Scalar>]
  ) throws(Failure) -> [Field<Scalar>] {
    precondition(count <= Self.largestAverage, "The frame is too large to average over all of it")
    if let frame = self as? Frame<Scalar> { return try frame.relativeAverage(of: inputs, function) }
    var sums: [Field<Scalar>] = []
    for k in 0..<count {
      let element = self[k]
      let outputs = try function(inputs.map { element.inverseTransformed($0) })
      if k == 0 { sums = outputs.map(\.zeros) }
      sums.accumulate(outputs.map { element.transformed($0) }, weight: weight(k))
    }
    return sums
  }
}

extension Frame {
  /// The equivariant average, with one change of coordinates for all elements.
  fileprivate func relativeAverage<Failure: Error>(
    of inputs: [Field<Scalar>], _ function: ([Field<Scalar>]) throws(Failure) -> [Field<Scalar>]
  ) throws(Failure) -> [Field<Scalar>] {
    let elements = RelativeElements(self)
    let canonical = inputs.map { elements.base.inverseTransformed($0) }
    var sums: [Field<Scalar>] = []
    for k in 0..<count {
      let turn = elements.turn(k)
      let outputs = try function(canonical.map { turn.undone(on: $0) })
      if k == 0 { sums = outputs.map(\.zeros) }
      sums.accumulate(outputs.map { turn.applied(to: $0) }, weight: weight(k))
    }
    if case .signed = rotations, sums.contains(where: { $0.kind == .tensor }) {
      let undetermined = dimension - certificate.rank
      for i in sums.indices where sums[i].kind == .tensor { symmetrize(&sums[i], axes: undetermined) }
    }
    return sums.map { elements.base.transformed($0) }
  }

  /// Replaces tensors in the coordinates of the axes by their mean over all rotations of the first m axes, along
  /// which the cloud has no extent: `tr(T)/m` times the identity, and for m = 2 the part that is antisymmetric.
  /// Signs alone leave the diagonal as it is, which depends on the choice of axes.
  private func symmetrize(_ field: inout Field<Scalar>, axes m: Int) {
    let d = dimension
    guard m > 1 else { return }
    for row in 0..<field.values.rows {
      for channel in 0..<field.channels(dimension: d) {
        let first = channel * d * d
        let mean = (0..<m).reduce(0) { $0 + field.values[row, first + $1 * (d + 1)] } / Scalar(m)
        for a in 0..<m {
          for b in 0...a {
            let (lower, upper) = (first + a * d + b, first + b * d + a)
            let difference = m == 2 ? (field.values[row, lower] - field.values[row, upper]) / 2 : 0
            field.values[row, lower] = a == b ? mean : difference
            field.values[row, upper] = a == b ? mean : -difference
          }
        }
      }
    }
  }
}

extension Array {
  /// Adds a multiple of each of as many fields of the same kinds and shapes.
  mutating func accumulate<Scalar>(_ fields: [Field<Scalar>], weight: Scalar)
  where Element == Field<Scalar> {
    precondition(fields.count == count, "A function that is averaged returns equally many fields")
    for i in indices {
      precondition(
        self[i].kind == fields[i].kind, "A function that is averaged returns fields of the same kinds")
      self[i].values.combine(with: fields[i].values) { $0 + weight * $1 }
    }
  }
}
