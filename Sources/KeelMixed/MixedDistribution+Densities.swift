public import Keel
import RealModule

extension MixedDistribution {
  /// ln p⊕(y) with respect to the direct-sum measure.
  ///
  /// - Parameter outcome: y, a point of the polytope.
  /// - Returns: -∞ where the density is 0.
  /// - Throws: ``MixedError`` that names the coordinate if y is no point of the polytope.
  public func logDensity(of outcome: [Double]) throws(MixedError) -> Double {
    try withOutcome(outcome) { (point) throws(MixedError) in logDensity(unchecked: point) }
  }

  /// ln p⊕ of many outcomes.
  ///
  /// - Parameters:
  ///   - outcomes: a row for each outcome, of type Float or Double.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: one number a row.
  /// - Throws: ``MixedError`` that names the first row that is no point of the polytope.
  public func logDensities<Scalar: MixedScalar>(
    of outcomes: some StridedMatrix<Scalar>, threads: Int? = nil
  ) throws(MixedError) -> [Double] {
    let (rows, columns) = (try doubles(outcomes), coordinateCount)
    var densities = [Double](repeating: 0, count: rows.rows)
    try densities.withUnsafeMutableBufferPointer { (target) throws(MixedError) in
      // Each chunk is written by the one thread that has it.
      nonisolated(unsafe) let target = target
      try Parallel.forEach(rows.rows, chunk: sampleChunk, threads: threads) { (range) throws(MixedError) in
        try rows.elements.withUnsafeBufferPointer { (elements) throws(MixedError) in
          for row in range {
            do throws(MixedError) {
              try validate(UnsafeBufferPointer(rebasing: elements[row * columns..<(row + 1) * columns]))
            } catch {
              throw error.inRow(row)
            }
          }
          logDensities(
            unchecked: UnsafeBufferPointer(
              rebasing: elements[range.lowerBound * columns..<range.upperBound * columns]),
            into: UnsafeMutableBufferPointer(rebasing: target[range]))
        }
      }
    }
    return densities
  }

  /// The face with an outcome in its relative interior.
  ///
  /// - Parameter outcome: a point of the polytope.
  /// - Throws: ``MixedError`` that names the coordinate if it is none.
  public func face(of outcome: [Double]) throws(MixedError) -> Face {
    try withOutcome(outcome) { (point) throws(MixedError) in try face(of: point) }
  }

  /// ln p(y | f), the density of an outcome within its face: 0 at a vertex.
  ///
  /// - Parameter outcome: y, a point of the polytope.
  /// - Throws: ``MixedError`` if y is no point of the polytope, or P(F = f) is not computable.
  public func logDensityGivenFace(of outcome: [Double]) throws(MixedError) -> Double {
    try logDensity(of: outcome) - logProbability(of: face(of: outcome))
  }

  /// The information of an outcome when each free coordinate is resolved to N bits, -log2 p⊕(y) + N dim f, in bits.
  /// Its mean is the N-bit entropy.
  ///
  /// - Parameters:
  ///   - outcome: y, a point of the polytope.
  ///   - resolution: N.
  /// - Throws: ``MixedError`` that names the coordinate if y is no point of the polytope.
  public func information(of outcome: [Double], resolution: Double = 0) throws(MixedError) -> Double {
    let dimension = Double(try face(of: outcome).dimension)
    return try resolution * dimension - logDensity(of: outcome) / Double.log(2)
  }

  /// How many outcomes lie in the relative interior of each face.
  ///
  /// - Parameter outcomes: a row for each outcome, of type Float or Double.
  /// - Throws: ``MixedError`` that names the first row with a coordinate outside its range.
  public func faceCounts<Scalar: MixedScalar>(
    of outcomes: some StridedMatrix<Scalar>
  ) throws(MixedError) -> [Face: Int] {
    let (rows, columns) = (try doubles(outcomes), coordinateCount)
    return try rows.elements.withUnsafeBufferPointer { (elements) throws(MixedError) in
      var counts: [Face: Int] = [:]
      for row in 0..<rows.rows {
        do throws(MixedError) {
          let point = UnsafeBufferPointer(rebasing: elements[row * columns..<(row + 1) * columns])
          counts[try face(of: point), default: 0] += 1
        } catch {
          throw error.inRow(row)
        }
      }
      return counts
    }
  }

  /// Outcomes in Double, which keeps what is 0 or 1; no copy if they are a matrix of it.
  private func doubles<Scalar: MixedScalar>(
    _ outcomes: some StridedMatrix<Scalar>
  ) throws(MixedError) -> Matrix<Double> {
    guard outcomes.columns == coordinateCount else {
      throw .wrongShape(
        argument: "outcomes", expected: "a matrix of \(coordinateCount) columns",
        found: "one of \(outcomes.columns)")
    }
    let rows = Matrix(outcomes)
    return rows as? Matrix<Double> ?? Matrix<Double>(converting: rows)
  }

  private func withOutcome<R>(
    _ outcome: [Double], _ body: (UnsafeBufferPointer<Double>) throws(MixedError) -> R
  ) throws(MixedError) -> R {
    try outcome.withUnsafeBufferPointer { (point) throws(MixedError) in
      try validate(point)
      return try body(point)
    }
  }
}

extension MixedDistribution<SimplexFace> {
  /// P(|F| = n), the law of the number of vertices of the face, for n = 1, 2, ..., K: entry n - 1 belongs to n.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)``.
  public func sizeLaw() throws(MixedError) -> [Double] { try dimensionLaw() }

  /// Every face with its probability, in the order of ``SimplexFace/all(of:)``.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for more than 20 vertices, or if the law does.
  public func faceLaw() throws(MixedError) -> [(face: SimplexFace, probability: Double)] {
    guard coordinateCount <= 20 else {
      throw .notComputable(
        quantity: "the law of the face", reason: "there are 2^\(coordinateCount) - 1 faces")
    }
    return try probabilities(of: SimplexFace.all(of: coordinateCount))
  }
}

extension MixedDistribution<CubeFace> {
  /// Every face with its probability, in the order of ``CubeFace/all(of:)``.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for more than 12 coordinates, or if the law does.
  public func faceLaw() throws(MixedError) -> [(face: CubeFace, probability: Double)] {
    guard coordinateCount <= 12 else {
      throw .notComputable(quantity: "the law of the face", reason: "there are 3^\(coordinateCount) faces")
    }
    return try probabilities(of: CubeFace.all(of: coordinateCount))
  }
}

extension MixedDistribution {
  private func probabilities(
    of faces: some Sequence<Face>
  ) throws(MixedError) -> [(face: Face, probability: Double)] {
    var law: [(face: Face, probability: Double)] = []
    for face in faces { law.append((face, Double.exp(try logProbability(of: face)))) }
    return law
  }
}
