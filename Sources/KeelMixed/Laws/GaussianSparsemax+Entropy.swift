import Keel
import RealModule

extension GaussianSparsemax: DivergentMixedDistribution {
  /// The entropy H⊕: a closed form for two scores, by quadrature over the faces for three.
  ///
  /// - Returns: accurate to 1e-10.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for K > 3; estimate it from samples then.
  public func entropy() throws(MixedError) -> MixedEntropy {
    if coordinateCount == 2 { return try firstOfTwo().entropy() }
    var result = MixedEntropy(face: 0, conditional: 0, meanDimension: 0)
    for face in try facesToIntegrate(for: "the entropy") {
      let part = FaceNodes(of: self, vertices: face.vertices)
      let probability = Double.exp(part.logMass)
      guard probability > 0 else { continue }
      result.face -= probability * part.logMass
      result.conditional += probability * part.logMass - part.sum { _, logDensity in logDensity }
      result.meanDimension += probability * Double(face.dimension)
    }
    return result
  }

  /// KL⊕(self ‖ other): a closed form for two scores, by quadrature over the faces for three.
  ///
  /// - Parameter other: a law of as many scores.
  /// - Returns: accurate to 1e-10 of the larger of the divergence and 1.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for K > 3; estimate it from samples then.
  public func divergence(from other: GaussianSparsemax) throws(MixedError) -> MixedDivergence {
    precondition(other.coordinateCount == coordinateCount, "The laws must have as many scores.")
    if coordinateCount == 2 { return try firstOfTwo().divergence(from: other.firstOfTwo()) }
    var result = MixedDivergence(face: 0, conditional: 0)
    for face in try facesToIntegrate(for: "the divergence") {
      let part = FaceNodes(of: self, vertices: face.vertices)
      let probability = Double.exp(part.logMass)
      guard probability > 0 else { continue }
      let ofFaces = probability * (part.logMass - (try other.logProbability(of: face)))
      result.face += ofFaces
      result.conditional +=
        part.sum { outcome, logDensity in
          logDensity - outcome.withUnsafeBufferPointer { other.logDensity(unchecked: $0) }
        } - ofFaces
    }
    return result
  }

  /// The law of the first of two coordinates, clip((1 + z_1 - z_2) / 2, 0, 1), which is the free one of the segment.
  private func firstOfTwo() throws(MixedError) -> RectifiedGaussian {
    let (a, b) = (deviations[0] / 2, deviations[1] / 2)
    return try RectifiedGaussian(
      location: 0.5 + (means[0] / 2 - means[1] / 2), scale: Double.hypot(a, b))
  }

  private func facesToIntegrate(for quantity: String) throws(MixedError) -> SimplexFaces {
    guard coordinateCount <= 3 else {
      throw .notComputable(
        quantity: quantity, reason: "quadrature is for at most 3 scores, not \(coordinateCount)")
    }
    return SimplexFace.all(of: coordinateCount)
  }
}

/// Nodes on a face of at most three vertices, with weights that contain the density.
///
/// A density that is a marginal of a normal law on a convex set is log-concave, and so are its own marginals.
struct FaceNodes {
  /// The nodes, whole outcomes.
  private(set) var outcomes: [[Double]] = []
  /// The logarithms of the densities.
  private(set) var logDensities: [Double] = []
  /// The weights of the rule.
  private(set) var weights: [Double] = []

  /// Nodes for the density of a law.
  init(of law: GaussianSparsemax, vertices: [Int]) {
    precondition(vertices.count <= 3, "There are nodes for faces of at most three vertices.")
    let zero = [Double](repeating: 0, count: law.coordinateCount)
    func outcome(_ values: [Double]) -> [Double] {
      var result = zero
      for (vertex, value) in zip(vertices, values) { result[vertex] = value }
      return result
    }
    func add(_ outcome: [Double], _ weight: Double, _ logDensity: Double) {
      outcomes.append(outcome)
      weights.append(weight)
      logDensities.append(logDensity)
    }
    func logDensity(_ outcome: [Double]) -> Double {
      outcome.withUnsafeBufferPointer { law.logDensity(unchecked: $0) }
    }
    /// Nodes along the segment where the last two coordinates sum to `rest`.
    func segment(_ first: [Double], _ rest: Double, tolerance: Double) -> LogConcaveNodes {
      LogConcaveNodes(over: (0, 1), start: 0.5, scale: 0.25, tolerance: tolerance) { share in
        logDensity(outcome(first + [rest * share, rest * (1 - share)]))
      }
    }
    switch vertices.count {
    case 1: add(outcome([1]), 1, logDensity(outcome([1])))
    case 2:
      let nodes = segment([], 1, tolerance: 1e-13)
      for (k, share) in nodes.positions.enumerated() {
        add(outcome([share, 1 - share]), nodes.weights[k], nodes.logarithms[k])
      }
    default:
      // The noise of the inner integrals is below the tolerance of the outer one.
      let outer = LogConcaveNodes(over: (0, 1), start: 1 / 3, scale: 0.2, tolerance: 1e-11) { first in
        segment([first], 1 - first, tolerance: 1e-13).logIntegral + Double.log(1 - first)
      }
      for (k, first) in outer.positions.enumerated() {
        let (rest, weight) = (1 - first, outer.weights[k] * (1 - first))
        let inner = segment([first], rest, tolerance: 1e-13)
        for (l, share) in inner.positions.enumerated() {
          add(
            outcome([first, rest * share, rest * (1 - share)]), weight * inner.weights[l], inner.logarithms[l]
          )
        }
      }
    }
  }

  /// ln of the probability of the face.
  var logMass: Double {
    guard let peak = logDensities.max(), peak > -.infinity else { return -.infinity }
    return peak + Double.log(zip(weights, logDensities).reduce(0) { $0 + $1.0 * Double.exp($1.1 - peak) })
  }

  /// ∫ p⊕ f over the face, of an outcome and ln p⊕ of it.
  func sum(_ function: ([Double], Double) -> Double) -> Double {
    outcomes.indices.reduce(0) {
      let density = Double.exp(logDensities[$1])
      return density > 0 ? $0 + weights[$1] * density * function(outcomes[$1], logDensities[$1]) : $0
    }
  }
}
