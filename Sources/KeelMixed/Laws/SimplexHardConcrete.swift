public import Keel
import KeelSimplex
import RealModule

/// The K-dimensional Hard Concrete law: y = sparsemax(λ c), where c is Concrete, c = softmax((z + G)/β) with Gumbel
/// noise G.
///
/// With a stretch λ > 1 it has mass on every face. For two scores it is ``HardConcrete`` stretched to
/// ((1 - λ)/2, (1 + λ)/2). The density on a face integrates that of c over what is off the face, an integral of
/// K - n dimensions, see ``logDensity(unchecked:)``; there is none on the inside.
///
/// The parameters are, in this order, the scores z and the temperature β; the stretch λ is fixed.
///
/// Source: Farinhas et al. (2022), section 3; the density is derived here.
public struct SimplexHardConcrete: PathwiseMixedDistribution, Equatable {
  /// Faces of the simplex.
  public typealias Face = SimplexFace

  /// λ in the published experiments, 1.1. The function of the code that came with them has 1.2 by default, which gives
  /// other numbers: 1.2 is the stretch of ``HardConcrete``.
  public static let publishedStretch = 1.1

  /// z.
  public let scores: [Double]
  /// β.
  public let temperature: Double
  /// λ.
  public let stretch: Double

  /// A K-dimensional Hard Concrete law.
  ///
  /// - Parameters:
  ///   - scores: z, finite, at least one.
  ///   - temperature: β, positive and finite.
  ///   - stretch: λ, at least 1 and finite; 1 gives the Concrete law, without mass on the boundary.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``,
  ///   ``MixedError/wrongShape(argument:expected:found:)``.
  public init(scores: [Double], temperature: Double, stretch: Double = publishedStretch) throws(MixedError) {
    guard !scores.isEmpty else {
      throw .wrongShape(argument: "scores", expected: "at least one", found: "none")
    }
    for (k, score) in scores.enumerated() where !score.isFinite {
      throw .outOfRange(argument: "score \(k)", expected: "finite", found: "\(score)")
    }
    guard temperature > 0, temperature.isFinite else {
      throw .outOfRange(argument: "temperature", expected: "positive and finite", found: "\(temperature)")
    }
    guard stretch >= 1, stretch.isFinite else {
      throw .outOfRange(argument: "stretch", expected: "at least 1 and finite", found: "\(stretch)")
    }
    self.scores = scores
    self.temperature = temperature
    self.stretch = stretch
  }

  /// K, the number of scores.
  public var coordinateCount: Int { scores.count }
  /// z and then β.
  public var parameters: [Double] { scores + [temperature] }

  /// The law with other scores and another temperature, and the same stretch.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> SimplexHardConcrete {
    try requireParameters(parameters, count: scores.count + 1)
    return try SimplexHardConcrete(
      scores: Array(parameters.dropLast()), temperature: parameters[scores.count], stretch: stretch)
  }

  // MARK: Sampling

  /// Gumbel noise, one number a score.
  public func noise(using stream: inout RandomStream) -> [Double] {
    scores.map { _ in Self.gumbel(using: &stream) }
  }

  /// sparsemax(λ softmax((z + G)/β)).
  public func apply(_ noise: [Double], to outcome: UnsafeMutableBufferPointer<Double>) {
    for (k, score) in scores.enumerated() { outcome[k] = (score + noise[k]) / temperature }
    project(outcome)
  }

  /// Draws outcomes, by the kernels of softmax and sparsemax.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    let (count, group) = (scores.count, max(1, 4096 / scores.count))
    for start in stride(from: 0, to: outcomes.count, by: group * count) {
      let part = UnsafeMutableBufferPointer(
        rebasing: outcomes[start..<min(start + group * count, outcomes.count)])
      for i in part.indices {
        part[i] = Scalar((scores[i % count] + Self.gumbel(using: &stream)) / temperature)
      }
      project(part)
    }
  }

  /// -ln of an exponential number.
  private static func gumbel(using stream: inout RandomStream) -> Double {
    let exponential: Double = stream.exponential()
    return -Double.log(exponential)
  }

  /// Rows x become sparsemax(λ softmax(x)).
  private func project<Scalar: MixedScalar>(_ rows: UnsafeMutableBufferPointer<Scalar>) {
    guard let start = rows.baseAddress else { return }
    let batch = RowBatch(
      rows: rows.count / scores.count, columns: scores.count, input: UnsafePointer(start),
      inputStride: scores.count, output: start, outputStride: scores.count)
    Entmax<Scalar>.softmax.project(batch)
    guard stretch > 1 else {
      // Softmax is never 0, but may underflow.
      for i in rows.indices { rows[i] = max(rows[i], .leastNormalMagnitude) }
      return
    }
    for i in rows.indices { rows[i] *= Scalar(stretch) }
    Sparsemax<Scalar>().project(batch)
  }

  // MARK: Derivatives of outcomes

  /// Adds (∂y/∂(z, β))ᵀg, through sparsemax and softmax.
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: [Double],
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    // Through sparsemax: the cotangent less its mean on the support. Through λ softmax(x): λ c (g - <g, c>).
    let support = outcome.indices.filter { outcome[$0] > 0 }
    let mean = support.reduce(0) { $0 + cotangent[$1] } / Double(max(support.count, 1))
    let logits = zip(scores, noise).map { ($0 + $1) / temperature }
    let c = Entmax<Double>.softmax(logits)
    let inner = support.reduce(0) { $0 + c[$1] * (cotangent[$1] - mean) }
    for k in c.indices {
      let own = outcome[k] > 0 ? cotangent[k] - mean : 0
      let slope = stretch * c[k] * (own - inner) / temperature
      gradient[k] += slope
      gradient[c.count] -= slope * logits[k]
    }
  }

  // MARK: Faces

  /// ln P(F = f): exact for vertices, and for all faces of two or three scores.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for other faces.
  public func logProbability(of face: SimplexFace) throws(MixedError) -> Double {
    precondition(face.coordinateCount == coordinateCount, "The face is one of another simplex.")
    let count = coordinateCount
    if count == 1 { return 0 }
    if stretch == 1 { return face.vertexCount == count ? 0 : -.infinity }
    if count == 2 {
      let law = try binary()
      return face.vertexCount == 2
        ? law.logInteriorMass : face.contains(0) ? law.logUpperMass : law.logLowerMass
    }
    let vertices = face.vertices
    var point = [Double](repeating: 0, count: count)
    if vertices.count == 1 {
      point[vertices[0]] = 1
      return logDensity(at: point)
    }
    guard count == 3 else {
      throw .notComputable(
        quantity: "the probability of the face \(face)",
        reason: "it is an integral of \(count - 1) dimensions; estimate it from samples")
    }
    guard vertices.count == 2 else {
      var rest = 0.0
      for vertex in 0..<3 { rest += Double.exp(try logProbability(of: SimplexFace([vertex], of: 3))) }
      for vertex in 0..<3 {
        rest += Double.exp(try logProbability(of: SimplexFace([0, 1, 2].filter { $0 != vertex }, of: 3)))
      }
      return Double.log(onePlus: -rest)
    }
    return Double.log(
      UnitCubeRule.integral { place in
        (point[vertices[0]], point[vertices[1]]) = (place.value, place.rest)
        return Double.exp(logDensity(at: point))
      })
  }

  /// The probabilities of faces of each dimension, for at most three scores.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for more.
  public func dimensionLaw() throws(MixedError) -> [Double] {
    let count = coordinateCount
    var law = [Double](repeating: 0, count: count)
    if stretch == 1 {
      law[count - 1] = 1
      return law
    }
    guard count <= 3 else {
      throw .notComputable(
        quantity: "the law of dimensions",
        reason: "it sums integrals of \(count - 1) dimensions; estimate it from samples")
    }
    for face in SimplexFace.all(of: count) {
      law[face.dimension] += Double.exp(try logProbability(of: face))
    }
    return law
  }

  /// H⊕ for one or two scores.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` for more.
  public func entropy() throws(MixedError) -> MixedEntropy {
    if coordinateCount == 1 { return MixedEntropy(face: 0, conditional: 0, meanDimension: 0) }
    guard coordinateCount == 2, stretch > 1 else {
      throw .notComputable(
        quantity: "the entropy",
        reason: "it is an integral of \(coordinateCount - 1) dimensions; estimate it from samples")
    }
    return try binary().entropy()
  }

  /// The law of the first coordinate of two.
  private func binary() throws(MixedError) -> HardConcrete {
    try HardConcrete(
      logAlpha: scores[0] - scores[1], temperature: temperature,
      stretch: 0.5 * (1 - stretch)...0.5 * (1 + stretch))
  }

  private func logDensity(at point: [Double]) -> Double {
    point.withUnsafeBufferPointer { logDensity(unchecked: $0) }
  }
}
