public import Keel
import RealModule

/// The mixed Dirichlet law: a face from ``GibbsFaces``, and a Dirichlet law of its own on each.
///
/// P(F = f) ∝ exp Σ w_k (2 f_k - 1), and Y | F = f ~ Dirichlet(α_k : k ∈ f). The density with respect to the
/// direct-sum measure is
///
/// ln p⊕(y) = ln P(f) + Σ_f (α_k - 1) ln y_k - Σ_f ln Γ(α_k) + ln Γ(Σ_f α_k), with f the support of y.
///
/// With w = 0 and α = 1 all faces are equally probable and y is uniform on each.
///
/// Source: Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*, section 4.
public struct MixedDirichlet: DifferentiableMixedDistribution, Equatable {
  /// The faces of the simplex.
  public typealias Face = SimplexFace

  /// The law of the face.
  public let faces: GibbsFaces
  /// The concentrations α, one a vertex.
  public let concentrations: [Double]
  /// ln Γ and ψ at each concentration.
  let expansions: [LogGammaExpansion]

  /// The law with some weights and concentrations.
  ///
  /// - Parameters:
  ///   - weights: w, one a vertex, each at most 1e100 in magnitude.
  ///   - concentrations: α, one a vertex, each in 1e-100...1e100.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)``,
  ///   ``MixedError/outOfRange(argument:expected:found:)``.
  /// - Complexity: O(K).
  public init(weights: [Double], concentrations: [Double]) throws(MixedError) {
    try self.init(faces: GibbsFaces(weights: weights), concentrations: concentrations)
  }

  /// The law with some law of faces.
  ///
  /// - Parameters:
  ///   - faces: the law of the face.
  ///   - concentrations: α, one a vertex, each in 1e-100...1e100.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)``,
  ///   ``MixedError/outOfRange(argument:expected:found:)``.
  /// - Complexity: O(K).
  public init(faces: GibbsFaces, concentrations: [Double]) throws(MixedError) {
    guard concentrations.count == faces.coordinateCount else {
      throw .wrongShape(
        argument: "concentrations", expected: "as long as the weights, which are \(faces.coordinateCount)",
        found: "of length \(concentrations.count)")
    }
    try MixedDirichlet.requireConcentrations(concentrations)
    self.init(faces: faces, sound: concentrations)
  }

  /// Throws unless all concentrations are in their range: sums of them, and of their reciprocals, stay finite.
  static func requireConcentrations(_ concentrations: [Double]) throws(MixedError) {
    if let wrong = concentrations.first(where: { !(1e-100...1e100 ~= $0) }) {
      throw .outOfRange(argument: "concentrations", expected: "in 1e-100...1e100", found: "\(wrong)")
    }
  }

  /// The law with concentrations that have been validated.
  init(faces: GibbsFaces, sound concentrations: [Double]) {
    self.faces = faces
    self.concentrations = concentrations
    expansions = concentrations.map { LogGammaExpansion($0) }
  }

  /// The number K of coordinates.
  public var coordinateCount: Int { concentrations.count }

  /// ln P(F = f).
  ///
  /// - Parameter face: a face of the simplex of ``coordinateCount`` vertices.
  /// - Complexity: O(K).
  public func logProbability(of face: SimplexFace) -> Double { faces.logProbability(of: face) }

  /// The probabilities of faces of dimension 0, ..., K - 1; see ``GibbsFaces/dimensionLaw``.
  public func dimensionLaw() -> [Double] { faces.dimensionLaw }

  /// ln p⊕(y), -∞ for a point without positive coordinates, NaN for one with a negative coordinate or NaN.
  ///
  /// - Parameter outcome: y, a point of the simplex; its face is that of the coordinates that are not 0.
  /// - Complexity: O(K).
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    let logProbability = faces.logProbability { outcome[$0] != 0 }
    let (count, total) = support(of: outcome)
    guard count > 1 else {
      // On a vertex there is no density, but what is no point at all is told by its NaN.
      return outcome.contains { !($0 >= 0) } ? .nan : logProbability
    }
    let sum = LogGammaExpansion(total)
    // Stirling's leading terms are α ln(y A / α) in sum over the face, A being the sum of its α.
    var density = sum.remainder - 0.5 * sum.logarithm - Double(count - 1) * LogGammaExpansion.halfLogTau
    for k in outcome.indices where outcome[k] != 0 {
      let (logY, alpha) = (Double.log(outcome[k]), expansions[k])
      density +=
        concentrations[k] * (logY - alpha.logarithm + sum.logarithm) - logY + 0.5 * alpha.logarithm
        - alpha.remainder
    }
    return logProbability + density
  }

  /// The number of vertices of the face of a point, and the sum of their concentrations.
  private func support(of outcome: UnsafeBufferPointer<Double>) -> (count: Int, concentration: Double) {
    var (count, total) = (0, 0.0)
    for k in outcome.indices where outcome[k] != 0 {
      count += 1
      total += concentrations[k]
    }
    return (count, total)
  }

  // MARK: Parameters

  /// The weights w, and after them the concentrations α.
  public var parameters: [Double] { faces.weights + concentrations }

  /// The law with other weights and concentrations.
  ///
  /// - Parameter parameters: 2 K numbers, the weights first.
  /// - Throws: ``MixedError`` if they are outside their range.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> MixedDirichlet {
    precondition(parameters.count == 2 * coordinateCount, "There must be two parameters a coordinate.")
    return try MixedDirichlet(
      weights: Array(parameters[..<coordinateCount]), concentrations: Array(parameters[coordinateCount...]))
  }

  /// Adds a multiple of the score: 2 (f - μ) by the weights, with μ_k = P(f_k = 1), and by the concentrations
  /// of the face ln y_k - ψ(α_k) + ψ(Σ_f α), or 0 if it is a vertex.
  ///
  /// - Parameters:
  ///   - outcome: y, a point of the simplex.
  ///   - weight: the factor.
  ///   - gradient: what is added to, 2 K numbers.
  /// - Complexity: O(K).
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    guard let gradient = gradient.baseAddress else { return }
    faces.addScore(weight: weight, into: gradient) { outcome[$0] != 0 }
    let (count, total) = support(of: outcome)
    guard count > 1 else { return }
    let digamma = LogGammaExpansion(total).digamma
    for k in outcome.indices where outcome[k] != 0 {
      gradient[coordinateCount + k] += weight * (Double.log(outcome[k]) - expansions[k].digamma + digamma)
    }
  }

  // MARK: Samples

  /// Draws outcomes, row after row, by a kernel: a face without rejection, and gamma numbers, by their logarithms where
  /// they could underflow.
  ///
  /// - Parameters:
  ///   - outcomes: room for a whole number of outcomes.
  ///   - stream: where the numbers come from.
  /// - Complexity: O(K) an outcome.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    let table = MixedDirichletTable(scores: faces.weights, concentrations: concentrations)
    fillMixedDirichlet(outcomes, table, using: &stream)
  }

  /// Draws ln g_k, with g_k ~ Gamma(α_k), for the vertices of a face in their order; nothing for a single vertex.
  func logGammas(on face: SimplexFace, using stream: inout RandomStream) -> [Double] {
    guard face.vertexCount > 1 else { return [] }
    return face.vertices.map { stream.logGamma(shape: concentrations[$0]) }
  }

  /// Writes y_k = g_k / Σ g on a face, and zeros elsewhere. What underflows becomes the smallest normal number, so
  /// that the outcome stays in the interior of the face.
  ///
  /// - Returns: ln Σ g; 0 for a single vertex.
  @discardableResult
  func fillShares<Scalar: MixedScalar>(
    of logGammas: [Double], on face: SimplexFace, into outcome: UnsafeMutableBufferPointer<Scalar>
  ) -> Double {
    outcome.update(repeating: 0)
    let vertices = face.vertices
    guard vertices.count > 1, let largest = logGammas.max() else {
      for k in vertices { outcome[k] = 1 }
      return 0
    }
    let total = logGammas.reduce(0) { $0 + Double.exp($1 - largest) }
    for (k, logGamma) in zip(vertices, logGammas) {
      outcome[k] = max(Scalar(Double.exp(logGamma - largest) / total), .leastNormalMagnitude)
    }
    return largest + Double.log(total)
  }
}
