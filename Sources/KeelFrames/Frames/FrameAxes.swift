import Keel

/// Centroids and principal axes of many clouds, right at every scale and thickness: what frames are made of.
///
/// The axes are those of the scatters, `C = V diag(λ) Vᵀ`, with two corrections. A cloud whose squares would overflow
/// or vanish is divided by a power of two first. A cloud that is thin in two directions or more, with extents below
/// 2⁻⁸ of the largest, gets its axes from the singular vectors of the centred cloud itself: its scatter has lost half
/// the digits of those directions.
struct FrameAxes<Scalar: FrameScalar>: Sendable {
  /// The centroids, a row a cloud; zeros about the origin.
  let centers: Matrix<Scalar>
  /// The power of two by which each cloud was divided; 1 for ordinary ones.
  let units: [Scalar]
  /// The eigenvalues of the scatter of each cloud after the division, ascending and not negative, a row a cloud.
  let values: Matrix<Scalar>
  /// V, a column an axis, with reproducible signs; if proper, with determinant 1.
  let axes: MatrixBatch<Scalar>

  /// The largest number of dimensions; the matrix of axes then has 2²⁸ entries.
  static var largestDimension: Int { 1 << 14 }

  /// The axes of each cloud.
  ///
  /// - Parameters:
  ///   - clouds: the clouds.
  ///   - centered: whether about the centroid, rather than about the origin.
  ///   - proper: whether the determinant of the axes is to be 1.
  ///   - threads: the largest number of threads.
  ///   - name: what errors call cloud b.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  init(
    _ clouds: PointClouds<Scalar>, centered: Bool, proper: Bool, threads: Int? = nil, name: (Int) -> String
  ) throws(FrameError) {
    let d = clouds.dimension
    guard (1...Self.largestDimension).contains(d) else {
      throw .wrongShape(
        argument: name(0), expected: "of 1 to \(Self.largestDimension) columns", found: "\(d) columns")
    }
    for b in 0..<clouds.count where clouds.starts[b] == clouds.starts[b + 1] {
      throw .empty(argument: name(b))
    }
    var scaled = clouds
    var principal = try? CloudPrincipalAxes(clouds, centered: centered, threads: threads)
    var units = [Scalar](repeating: 1, count: clouds.count)
    // Moments of ordinary clouds are finite; others are looked at again.
    if principal?.areInRange != true {
      (scaled, units) = try clouds.dividedByPowersOfTwo(name: name)
      principal = try CloudPrincipalAxes(scaled, centered: centered, threads: threads)
    }
    guard let principal else { throw .undefined(argument: name(0), reason: "there are no principal axes") }
    var (values, axes) = (principal.values, principal.axes)
    for b in 0..<clouds.count {
      for j in 0..<d where values[b, j] < 0 { values[b, j] = 0 }
      guard d > 1, values[b, 1] < values[b, d - 1] * Self.thinness else { continue }
      guard let found = Self.singularAxes(scaled[b], center: principal.centers.rowArray(b)) else { continue }
      for j in 0..<d {
        values[b, j] = found.values[j]
        for i in 0..<d { axes[b, i, j] = found.axes[i, j] }
      }
    }
    axes.standardizeSigns(proper: proper)
    let centers = principal.centers
    let limit = Scalar.greatestFiniteMagnitude
    self.centers =
      units.allSatisfy { $0 == 1 }
      ? centers
      : Matrix(rows: clouds.count, columns: d) { b, j in
        // The mean of numbers near the limit may round beyond it.
        min(max(centers[b, j] * units[b], -limit), limit)
      }
    self.units = units
    self.values = values
    self.axes = axes
  }

  /// The square of the relative extent below which a direction is thin.
  private static var thinness: Scalar { 1 / 65536 }

  /// The right singular vectors of a centred cloud as columns, and the squares of its singular values, ascending.
  private static func singularAxes(
    _ points: Matrix<Scalar>, center: [Scalar]
  ) -> (values: [Scalar], axes: Matrix<Scalar>)? {
    let d = points.columns
    let centered = Matrix(rows: points.rows, columns: d) { i, j in points[i, j] - center[j] }
    // BLAS at one thread: otherwise the last digits would depend on their number.
    let svd = Parallel.withSingleThreadedBLAS {
      try? SVD(centered, vectors: points.rows >= d ? .thin : .full)
    }
    guard let svd else { return nil }
    let missing = d - svd.singularValues.count
    let values = Array(repeating: 0, count: missing) + svd.singularValues.reversed().map { $0 * $0 }
    return (values, Matrix(rows: d, columns: d) { i, j in svd.vt[d - 1 - j, i] })
  }
}

extension CloudPrincipalAxes {
  /// Whether the squares of the coordinates of all clouds are far from overflow and underflow.
  fileprivate var areInRange: Bool {
    let bits = Scalar.Exponent(Scalar.greatestFiniteMagnitude.exponent) * 2 / 3
    let largest = Scalar(sign: .plus, exponent: bits, significand: 1)
    let smallest = 1 / largest
    return (0..<count).allSatisfy { b in
      let length = values[b, dimension - 1]
      return length <= largest && length >= smallest
    }
  }
}

extension PointClouds {
  /// Each cloud divided by the largest power of two that is at most its largest coordinate, and those powers.
  fileprivate func dividedByPowersOfTwo(
    name: (Int) -> String
  ) throws(FrameError) -> (PointClouds, [Scalar]) {
    var units: [Scalar] = []
    var divided = points
    for b in 0..<count {
      var largest: Scalar = 0
      for i in starts[b]..<starts[b + 1] {
        for j in 0..<dimension {
          guard points[i, j].isFinite else {
            throw .notFinite(argument: name(b), position: "point \(i - starts[b]), coordinate \(j)")
          }
          largest = max(largest, abs(points[i, j]))
        }
      }
      let unit = largest > 0 ? Scalar(sign: .plus, exponent: largest.exponent, significand: 1) : 1
      for i in starts[b]..<starts[b + 1] {
        for j in 0..<dimension { divided[i, j] /= unit }
      }
      units.append(unit)
    }
    return (try PointClouds(points: divided, starts: starts), units)
  }
}

extension MatrixBatch where Scalar: FrameScalar {
  /// Turns the columns of orthogonal matrices so that the component of largest magnitude of each, the first of equals,
  /// is positive; if proper, the last column so that the determinant is 1.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate mutating func standardizeSigns(proper: Bool) {
    let (order, size) = (columns, rows * columns)
    let count = count
    withMutableSpan { all in
      for b in 0..<count {
        let start = b * size
        for j in 0..<order {
          var largest: Scalar = 0
          for i in 0..<order {
            let entry = all[start + i * order + j]
            if abs(entry) > abs(largest) { largest = entry }
          }
          if largest < 0 {
            for i in 0..<order { all[start + i * order + j] = -all[start + i * order + j] }
          }
        }
        if proper && determinantSign(order: order, { all[start + $0] }) < 0 {
          for i in 1...order { all[start + i * order - 1] = -all[start + i * order - 1] }
        }
      }
    }
  }
}
