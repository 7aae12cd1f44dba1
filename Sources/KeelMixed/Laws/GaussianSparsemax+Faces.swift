import Keel
import RealModule

extension GaussianSparsemax {
  /// ln P(F = f).
  ///
  /// A vertex has the probability that is its density. For an edge the integral along it is a difference of normal
  /// distribution functions, which leaves one over the threshold t. For n vertices
  ///
  /// P(f) = n ∫ h(t) Π_{j not in f} Φ((t - μ_j) / σ_j) dt,
  ///
  /// where h(t) is the density at 1 of the sum of z_i - t over the face, all of them positive: a convolution of n
  /// functions.
  ///
  /// - Parameter face: any face of the simplex.
  /// - Returns: accurate to 1e-12 for vertices and edges, and 1e-10 for other faces.
  /// - Complexity: O(n N³) for each of some hundred thresholds, with N = 16 to 64.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for a face of four vertices or more if deviations are
  ///   too small or too different for the convolution to converge.
  public func logProbability(of face: SimplexFace) throws(MixedError) -> Double {
    precondition(face.coordinateCount == coordinateCount, "The face must belong to the simplex of the law.")
    let vertices = face.vertices
    switch vertices.count {
    case 1:
      let vertex = (0..<coordinateCount).map { $0 == vertices[0] ? 1.0 : 0.0 }
      return vertex.withUnsafeBufferPointer { logDensity(unchecked: $0) }
    case 2: return logEdgeProbability(vertices[0], vertices[1])
    case 3 where coordinateCount == 3: return FaceNodes(of: self, vertices: vertices).logMass
    default:
      if let value = logProbabilityByConvolution(vertices) { return value }
      guard vertices.count == 3 else {
        throw .notComputable(
          quantity: "the probability of the face \(face)",
          reason: "a deviation is too small for a convolution on a grid")
      }
      return FaceNodes(of: self, vertices: vertices).logMass
    }
  }

  /// The probabilities of faces of dimension 0, 1, ..., without going through the faces: entries join the sums of
  /// positive parts one after the other.
  ///
  /// - Returns: K numbers, accurate to 1e-10.
  /// - Complexity: O(K² N³) for each threshold, with N = 16 to 64.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for K > 3 if deviations are too small or too different.
  public func dimensionLaw() throws(MixedError) -> [Double] {
    guard coordinateCount > 3 else {
      var law = [Double](repeating: 0, count: coordinateCount)
      for face in SimplexFace.all(of: coordinateCount) {
        law[face.dimension] += Double.exp(try logProbability(of: face))
      }
      return law
    }
    if let thresholds = thresholdGrid() {
      for grid in Self.grids.indices {
        let law = dimensionLaw(Self.grids[grid](), thresholds)
        // The truth sums to 1: a law that does has converged.
        if abs(law.reduce(0, +) - 1) <= 1e-11 { return law }
      }
    }
    throw .notComputable(
      quantity: "the law of the dimension", reason: "a deviation is too small for a convolution on a grid")
  }

  /// Grids from coarse to fine; a large one takes milliseconds to prepare, so each is made when it is needed.
  private static var grids: [@Sendable () -> PositivePartSums] {
    [{ .coarse }, { .medium }, { .fine }, { .finest }]
  }

  private func dimensionLaw(_ grid: PositivePartSums, _ thresholds: (first: Double, step: Double, count: Int))
    -> [Double]
  {
    let terms = Parallel.map(thresholds.count) { k in
      grid.densitiesAtOne(
        means: means, deviations: deviations, threshold: thresholds.first + Double(k) * thresholds.step)
    }
    return (0..<coordinateCount).map { n in
      Double(n + 1) * thresholds.step * terms.reduce(0) { $0 + $1[n] }
    }
  }

  /// Equally spaced thresholds wherever the threshold of scores may lie, close enough for the trapezoid rule; nil
  /// if they would be too many.
  private func thresholdGrid() -> (first: Double, step: Double, count: Int)? {
    let precision = deviations.reduce(0) { $0 + 1 / ($1 * $1) }
    let step = 0.7 / precision.squareRoot()
    // The largest score is in (t, t + 1]. It is below the least of these with probability e^-38, and above the
    // largest with less than K e^-38.
    let first = zip(means, deviations).reduce(-Double.infinity) { max($0, $1.0 - 8.6 * $1.1) } - 1
    let last = zip(means, deviations).reduce(-Double.infinity) { max($0, $1.0 + 8.6 * $1.1) }
    let count = (last - first) / step + 2
    return count < 2000 ? (first, step, Int(count)) : nil
  }

  private func logProbabilityByConvolution(_ vertices: [Int]) -> Double? {
    var previous = Double.nan
    for grid in Self.grids {
      let value = logProbability(vertices, grid())
      if abs(value - previous) <= 1e-10 || value == previous { return value }
      previous = value
    }
    return nil
  }

  private func logProbability(_ vertices: [Int], _ grid: PositivePartSums) -> Double {
    let (faceMeans, faceDeviations) = (vertices.map { means[$0] }, vertices.map { deviations[$0] })
    return logThresholdIntegral(vertices) { threshold in
      grid.logDensityAtOne(means: faceMeans, deviations: faceDeviations, threshold: threshold)
    }
  }

  /// The sum x of z_i - t and z_j - t that are both positive has the density N(x + 2t; μ_i + μ_j, σ_i² + σ_j²) times
  /// the probability that z_i is between t and t + x, given the sum.
  private func logEdgeProbability(_ i: Int, _ j: Int) -> Double {
    let root = (deviations[i] * deviations[i] + deviations[j] * deviations[j]).squareRoot()
    let (ratio, width) = (deviations[i] / root, deviations[i] / root * deviations[j])
    return logThresholdIntegral([i, j]) { threshold in
      // Everything relative to the mean of z_i, so that a common part of the means cancels.
      let excess = (1 + 2 * (threshold - means[i]) - (means[j] - means[i])) / root
      let center = ratio * deviations[i] * excess
      let lower = (threshold - means[i] - center) / width
      return StandardNormal.logDensity(excess) - Double.log(root)
        + StandardNormal.logProbability(from: lower, to: lower + 1 / width)
    }
  }

  /// ln of n ∫ exp(logarithm(t)) Π Φ((t - μ_j) / σ_j) dt, the product over the vertices that are not given.
  private func logThresholdIntegral(_ vertices: [Int], _ logarithm: (Double) -> Double) -> Double {
    let others = (0..<coordinateCount).filter { !vertices.contains($0) }
    let precision = vertices.reduce(0) { $0 + 1 / (deviations[$1] * deviations[$1]) }
    let start = (vertices.reduce(0) { $0 + means[$1] } - 1) / Double(vertices.count)
    let nodes = LogConcaveNodes(
      over: (-.infinity, .infinity), start: start, scale: 1 / precision.squareRoot(), tolerance: 1e-12
    ) { threshold in
      others.reduce(logarithm(threshold)) {
        $0 + StandardNormal.logCumulative((threshold - means[$1]) / deviations[$1])
      }
    }
    return Double.log(Double(vertices.count)) + nodes.logIntegral
  }
}

extension PositivePartSums {
  fileprivate static let coarse = PositivePartSums(nodeCount: 16)
  fileprivate static let medium = PositivePartSums(nodeCount: 24)
  fileprivate static let fine = PositivePartSums(nodeCount: 40)
  fileprivate static let finest = PositivePartSums(nodeCount: 64)
}
