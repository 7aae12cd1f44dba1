public import Keel

extension Frame {
  /// The average of a function over the weighted frame of ``init(robustAxesOf:group:stabilization:limit:)``, and its
  /// gradient.
  ///
  /// Averages over principal axes have no derivative where eigenvalues are equal: at cubes, tetrahedra, rings. This
  /// one has, wherever the points span at least d - 1 dimensions: weights and axes are smooth functions of the
  /// points, and an axis about to become undefined has a weight that vanishes with its square.
  ///
  /// With the chosen points as the columns of `A = E R`, E orthogonal and R upper triangular, an element changes by
  ///
  ///     Eᵀ Ė = the antisymmetric matrix whose lower part is that of Eᵀ Ȧ R⁻¹,     ṙ_s / r_s = (Eᵀ Ȧ R⁻¹)_ss,
  ///
  /// and its weight is `Π_s r_s² / S_s`, where S_s is what the axes before s leave of `Σ|y|²`.
  ///
  /// - Parameters:
  ///   - points: X, n × d.
  ///   - group: the group under which the average is invariant.
  ///   - limit: the most elements.
  ///   - function: φ, a differentiable function of a canonical cloud: its value and its gradient there, n × d.
  /// - Complexity: O(nᵈ⁻¹) evaluations of φ, for d > 1; beside them O(n d² + d³) each.
  /// - Throws: ``FrameError/undefined(argument:reason:)`` if the points span fewer than d - 1 dimensions, and what
  ///   the frame throws.
  /// - Precondition: the gradients have the shape of the points.
  ///
  /// Source: Keel's own; the derivative of E is that of a QR factorization.
  public static func robustAverageAndGradient(
    of points: Matrix<Scalar>, group: FrameGroup, limit: Int = defaultRobustLimit,
    _ function: (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) throws(FrameError) -> FrameGradient<Scalar> {
    // The errors of data and of the limit are those of the frame.
    let frame = try Frame(robustAxesOf: points, group: group, limit: limit)
    let certificate = frame.certificate
    guard certificate.rank >= frame.dimension - 1, certificate.rank > 0 || !group.scales else {
      throw .undefined(
        argument: "points",
        reason:
          "they span \(certificate.rank) of \(frame.dimension) dimensions, so that axes have no derivative")
    }
    var derivative = RobustDerivative(points: points, center: frame.center, scale: frame.scale, group: group)
    derivative.add(function)
    return derivative.result
  }
}

/// The sums of a derivative over a weighted frame.
private struct RobustDerivative<Scalar: FrameScalar> {
  /// The points that axes are made from so far.
  private struct Chain {
    var points: [Int] = []
    /// E, an axis a row.
    var axes: [[Scalar]] = []
    /// S_s, before each axis.
    var totals: [Scalar] = []
    var weight: Scalar = 1
  }

  private let group: FrameGroup
  private let scale: Scalar
  private let centered: Matrix<Scalar>
  private let scatter: Matrix<Scalar>
  /// Lengths up to this are rounding.
  private let zero: Scalar
  private var value: Scalar = 0
  private var cotangent: Matrix<Scalar>
  private var scatterCotangent: Matrix<Scalar>
  private var scaleCotangent: Scalar = 0

  private var dimension: Int { centered.columns }

  init(points: Matrix<Scalar>, center: [Scalar], scale: Scalar, group: FrameGroup) {
    self.group = group
    self.scale = scale
    centered = points.addingToRows(center.map(-))
    scatter = centered.gram()
    let largest = points.elements.reduce(0) { max($0, abs($1)) }
    zero = Scalar(8 * points.columns) * Scalar.ulpOfOne * largest
    cotangent = Matrix(zeros: points.rows, points.columns)
    scatterCotangent = Matrix(zeros: points.columns, points.columns)
  }

  /// The average and its gradient, when all elements have been added.
  var result: FrameGradient<Scalar> {
    var gradient = cotangent
    BLAS.gemm(2, centered, scatterCotangent, beta: 1, into: &gradient)
    if group.scales {
      let factor = scaleCotangent / (Scalar(centered.rows) * scale)
      gradient.combine(with: centered) { $0 + factor * $1 }
    }
    if group.translates { gradient = gradient.addingToRows(gradient.columnMeans.map(-)) }
    return FrameGradient(value: value, gradient: gradient, alteredPairs: 0, dependenceOnChoice: 0)
  }

  /// Adds all elements.
  mutating func add(_ function: (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)) {
    extend(Chain(), rest: centered, function)
  }

  /// Adds the elements that begin with a chain, of which `rest` is what it leaves of the cloud.
  private mutating func extend(
    _ chain: Chain, rest: Matrix<Scalar>,
    _ function: (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) {
    guard chain.axes.count < dimension - 1 else {
      complete(chain, function)
      return
    }
    let total = rest.elements.reduce(0) { $0 + $1 * $1 }
    for i in 0..<rest.rows {
      let row = (0..<dimension).map { rest[i, $0] }
      let square = row.reduce(0) { $0 + $1 * $1 }
      let length = square.squareRoot()
      guard length > zero else { continue }
      var next = chain
      let axis = row.map { $0 / length }
      next.points.append(i)
      next.axes.append(axis)
      next.totals.append(total)
      next.weight *= square / total
      var remainder = rest
      let along = rest * axis
      for p in 0..<rest.rows {
        for j in 0..<dimension { remainder[p, j] -= along[p] * axis[j] }
      }
      extend(next, rest: remainder, function)
    }
  }

  /// Adds the elements of a chain of d - 1 axes: one or two last axes.
  private mutating func complete(
    _ chain: Chain, _ function: (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) {
    let d = dimension
    // The unit vector that the axes leave most of, without its part along them; twice, for orthogonality.
    let leftover = (0..<d).map { j in chain.axes.reduce(1) { $0 - $1[j] * $1[j] } }
    let start = leftover.indices.max { leftover[$0] < leftover[$1] } ?? 0
    var last = (0..<d).map { $0 == start ? 1 as Scalar : 0 }
    for _ in 0..<2 {
      for axis in chain.axes {
        let along = zip(axis, last).reduce(0) { $0 + $1.0 * $1.1 }
        last = zip(last, axis).map { $0 - along * $1 }
      }
    }
    let length = last.reduce(0) { $0 + $1 * $1 }.squareRoot()
    last = last.map { $0 / length }
    let axes = Matrix(Matrix(rows: chain.axes + [last]).transposed)
    let sign = determinantSign(of: axes)
    add(chain, axes, sign: sign, weight: group.isProper ? chain.weight : chain.weight / 2, function)
    if !group.isProper { add(chain, axes, sign: -sign, weight: chain.weight / 2, function) }
  }

  /// Adds one element: E with the last axis times the sign.
  private mutating func add(
    _ chain: Chain, _ axes: Matrix<Scalar>, sign: Scalar, weight: Scalar,
    _ function: (Matrix<Scalar>) -> (value: Scalar, gradient: Matrix<Scalar>)
  ) {
    let d = dimension
    let e = axes.scalingColumns(by: (0..<d).map { $0 == d - 1 ? sign : 1 })
    let canonical = (centered * e) / scale
    let term = function(canonical)
    precondition(
      term.gradient.rows == centered.rows && term.gradient.columns == d,
      "A gradient has the shape of the cloud")
    let weighted = weight * term.value
    value += weighted
    BLAS.gemm(weight / scale, term.gradient, e.transposed, beta: 1, into: &cotangent)
    scaleCotangent -= weight * term.gradient.hadamard(canonical).sum / scale
    // M = EᵀĒ, by the canonical cloud and by the totals S_s of the weights.
    var turning = Matrix<Scalar>(zeros: d, d)
    BLAS.gemm(weight, canonical.transposed, term.gradient, into: &turning)
    let inner = e.transposed * scatter * e
    for s in 0..<(d - 1) {
      let factor = weighted / chain.totals[s]
      for i in 0..<d {
        for t in 0..<s { turning[i, t] += 2 * factor * inner[i, t] }
        scatterCotangent[i, i] -= factor
        for j in 0..<d {
          for t in 0..<s { scatterCotangent[i, j] += factor * e[i, t] * e[j, t] }
        }
      }
    }
    // B̄ for B = EᵀȦR⁻¹, then Ā = E B̄ R⁻ᵀ, whose columns belong to the points of the chain.
    var inside = Matrix(rows: d, columns: d - 1) { i, j in
      i > j ? turning[i, j] - turning[j, i] : i == j ? 2 * weighted : 0
    }
    for j in stride(from: d - 2, through: 0, by: -1) {
      // R is EᵀA, upper triangular: columns of B̄ R⁻ᵀ from the last one back.
      for k in (j + 1)..<max(d - 1, j + 1) {
        let entry = product(e, j, chain.points[k])
        for i in 0..<d { inside[i, j] -= entry * inside[i, k] }
      }
      let diagonal = product(e, j, chain.points[j])
      for i in 0..<d { inside[i, j] /= diagonal }
    }
    let outside = e * inside
    for (s, point) in chain.points.enumerated() {
      for i in 0..<d { cotangent[point, i] += outside[i, s] }
    }
  }

  /// The component of a point along an axis.
  private func product(_ e: Matrix<Scalar>, _ axis: Int, _ point: Int) -> Scalar {
    (0..<dimension).reduce(0) { $0 + e[$1, axis] * centered[point, $1] }
  }
}
