import Keel

/// The choices of axes that points make in the space of a repeated eigenvalue.
///
/// The tuples of m - 1 points are built step by step. At step k each tuple so far is continued by every point; of all
/// continuations those with the largest distance from the span of the tuple stay, and of these, for j = 1...k, those
/// with the largest inner product with the j-th point of their tuple. Numbers are relative to the largest norm R of a
/// point. A number within the tolerance of the largest stays, and points closer to one another than the tolerance are
/// replaced by their mean, which does not depend on their order.
///
/// Since `PᵀP = λI` the squared distances from a k-dimensional space sum to (m - k)λ: the largest is at least √(λ / n),
/// so that no choice is ill-conditioned beyond √n.
struct TieEnumeration<Scalar: FrameScalar> {
  /// A tuple of points and the orthonormal axes that the Gram-Schmidt process makes of it.
  private struct Tuple {
    var points: [[Scalar]] = []
    var axes: [[Scalar]] = []
  }

  /// A point that continues a tuple.
  private struct Candidate {
    let tuple: Int
    let point: Int
    /// The squared distance, then the inner products, over R².
    let key: [Scalar]
  }

  private let points: [[Scalar]]
  private let order: Int
  private let limit: Int
  private let radius: Scalar
  private let rowError: Scalar
  /// The distance of the number nearest to a threshold, over what rounding may change.
  private(set) var margin: Scalar = .infinity
  /// A bound on the angle by which rounding may have turned an axis.
  private(set) var axisError: Scalar = 0

  /// The choices in a cloud P, n × m, whose rows are known to within an error.
  init(cloud: Matrix<Scalar>, rowError: Scalar, limit: Int) {
    points = (0..<cloud.rows).map { cloud.rowArray($0) }
    order = cloud.columns
    radius = cloud.largestRowNorm()
    self.rowError = rowError
    self.limit = limit
  }

  /// The orthonormal matrices m × m, an axis a column; the sign of the last axis is arbitrary.
  mutating func axes() throws(FrameError) -> [Matrix<Scalar>] {
    var tuples = [Tuple()]
    // The error of a distance from the span of a tuple, over R: that of the point, and those of the axes.
    let own = rowError / radius
    var distanceError = own
    for _ in 1..<order {
      let keyError = 2 * distanceError + 4 * Scalar(order) * Scalar.ulpOfOne
      let tolerance = min(keyError.squareRoot(), 1 / 8)
      let best = candidates(of: tuples, keyError: keyError, tolerance: tolerance)
      let distance = best.reduce(1) { min($0, $1.key[0]) }.squareRoot()
      tuples = try continued(tuples, by: best, keyError: keyError, tolerance: tolerance)
      axisError = max(axisError, distanceError / distance)
      distanceError += 2 * distanceError / distance
    }
    return tuples.map { tuple in
      let rows = tuple.axes + [complement(of: tuple.axes)]
      return Matrix(rows: order, columns: order) { i, j in rows[j][i] }
    }
  }

  /// The best continuations of all tuples.
  private mutating func candidates(
    of tuples: [Tuple], keyError: Scalar, tolerance: Scalar
  ) -> [Candidate] {
    let scale = 1 / (radius * radius)
    var largest: Scalar = 0
    // Twice over the distances rather than keeping all of them: there are as many as tuples times points.
    for tuple in tuples {
      for point in points {
        largest = max(largest, scale * squaredNorm(residual(of: point, from: tuple.axes)))
      }
    }
    var best: [Candidate] = []
    for (index, tuple) in tuples.enumerated() {
      for (i, point) in points.enumerated() {
        let distance = scale * squaredNorm(residual(of: point, from: tuple.axes))
        if keeps(distance, of: largest, keyError: keyError, tolerance: tolerance) {
          best.append(
            Candidate(
              tuple: index, point: i, key: [distance] + tuple.points.map { scale * product($0, point) }))
        }
      }
    }
    for position in 1..<max(best.first?.key.count ?? 1, 1) {
      let largest = best.reduce(-Scalar.infinity) { max($0, $1.key[position]) }
      best = best.filter {
        keeps($0.key[position], of: largest, keyError: keyError, tolerance: tolerance)
      }
    }
    return best
  }

  /// Whether a number counts as the largest; the margin is that of the closest decision.
  private mutating func keeps(
    _ value: Scalar, of largest: Scalar, keyError: Scalar, tolerance: Scalar
  ) -> Bool {
    let excess = value - (largest - tolerance)
    margin = min(margin, abs(excess) / (2 * keyError))
    return excess >= 0
  }

  /// The tuples with one point more, points that coincide taken as one.
  private mutating func continued(
    _ tuples: [Tuple], by candidates: [Candidate], keyError: Scalar, tolerance: Scalar
  ) throws(FrameError) -> [Tuple] {
    var result: [Tuple] = []
    var start = 0
    while start < candidates.count {
      let index = candidates[start].tuple
      let end = candidates[start...].firstIndex { $0.tuple != index } ?? candidates.count
      let tuple = tuples[index]
      let found = candidates[start..<end].map { points[$0.point] }
      for point in merged(found, keyError: keyError, tolerance: tolerance) {
        var next = tuple
        next.points.append(point)
        next.axes.append(direction(of: point, from: tuple.axes))
        result.append(next)
      }
      guard result.count <= limit else {
        throw .tooManyElements(argument: "points", count: "more than \(limit)", limit: "\(limit)")
      }
      start = end
    }
    return result
  }

  /// Points of which those within the tolerance of one another, over R, are replaced by their means.
  private mutating func merged(
    _ found: [[Scalar]], keyError: Scalar, tolerance: Scalar
  ) -> [[Scalar]] {
    let sorted = found.sorted { $0[0] < $1[0] }
    let reach = tolerance * radius
    var parents = Array(sorted.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parents[index] != index { index = parents[index] }
      return index
    }
    for i in sorted.indices {
      // Pairs that differ by more than twice the reach in one coordinate are far from the threshold.
      var j = i + 1
      while j < sorted.count && sorted[j][0] - sorted[i][0] <= 2 * reach {
        let distance = squaredNorm(zip(sorted[i], sorted[j]).map { $0 - $1 }).squareRoot()
        margin = min(margin, abs(distance - reach) / (2 * keyError * radius))
        if distance <= reach { parents[root(j)] = root(i) }
        j += 1
      }
    }
    var sums: [Int: (sum: [Scalar], count: Int)] = [:]
    for (index, point) in sorted.enumerated() {
      var entry = sums[root(index)] ?? (Array(repeating: 0, count: order), 0)
      for j in 0..<order { entry.sum[j] += point[j] }
      entry.count += 1
      sums[root(index)] = entry
    }
    return sums.sorted { $0.key < $1.key }.map { entry in
      entry.value.sum.map { $0 / Scalar(entry.value.count) }
    }
  }

  /// What is left of a point without its components along axes.
  private func residual(of point: [Scalar], from axes: [[Scalar]]) -> [Scalar] {
    var rest = point
    for axis in axes {
      let component = product(axis, rest)
      for j in 0..<order { rest[j] -= component * axis[j] }
    }
    return rest
  }

  /// The unit vector of what is left of a point; twice orthogonalized, so that it is orthogonal to rounding.
  private func direction(of point: [Scalar], from axes: [[Scalar]]) -> [Scalar] {
    var rest = residual(of: point, from: axes)
    for _ in 0..<2 {
      let norm = squaredNorm(rest).squareRoot()
      rest = residual(of: rest.map { $0 / norm }, from: axes)
    }
    let norm = squaredNorm(rest).squareRoot()
    return rest.map { $0 / norm }
  }

  /// The unit vector orthogonal to all axes but one of the space.
  private func complement(of axes: [[Scalar]]) -> [Scalar] {
    var best: [Scalar] = []
    var largest: Scalar = -1
    for j in 0..<order {
      var unit = Array(repeating: 0 as Scalar, count: order)
      unit[j] = 1
      let left = squaredNorm(residual(of: unit, from: axes))
      if left > largest { (best, largest) = (unit, left) }
    }
    return direction(of: best, from: axes)
  }

  private func product(_ x: [Scalar], _ y: [Scalar]) -> Scalar { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }

  private func squaredNorm(_ x: [Scalar]) -> Scalar { product(x, x) }
}
