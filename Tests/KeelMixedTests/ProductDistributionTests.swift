import Keel
import RealModule
import Testing

@testable import KeelMixed

@Suite("Products and mixtures of laws")
struct ProductDistributionTests {
  @Test("entropies, divergences and densities of independent parts add up")
  func additivity() throws {
    let left = try ProductDistribution([
      ClippedNormal(0.3, 0.5), ClippedNormal(1.2, 0.4), ClippedNormal(-0.5, 2),
    ])
    let right = try ProductDistribution(repeating: ClippedNormal(0.6, 0.8), count: 3)
    let entropy = try left.entropy()
    let sum = left.factors.reduce(0) { $0 + $1.entropy().total }
    #expect((entropy.total - sum).magnitude <= 1e-14)
    let stream = RandomStream(seed: 21)
    let estimate = left.estimateEntropy(samples: 5000, using: stream)
    #expect((estimate.value - sum).magnitude <= 4.5 * estimate.standardError)
    let divergence = try left.divergence(from: right)
    let sampled = left.estimateDivergence(from: right, samples: 5000, using: stream)
    #expect((sampled.value - divergence.total).magnitude <= 4.5 * sampled.standardError)
    #expect(throws: MixedError.self) {
      try left.divergence(from: ProductDistribution(repeating: ClippedNormal(0, 1), count: 2))
    }

    // The faces of the product of three unit intervals are those of the cube.
    let law = try left.faceLaw()
    #expect(law.count == 27)
    #expect((law.reduce(0) { $0 + $1.probability } - 1).magnitude <= 1e-14)
    let faceEntropy = law.reduce(0) { $0 - $1.probability * Double.log($1.probability) }
    #expect((faceEntropy - entropy.face).magnitude <= 1e-13)
    var dimensions = [Double](repeating: 0, count: 4)
    for (face, probability) in law { dimensions[face.dimension] += probability }
    for (found, expected) in zip(try left.dimensionLaw(), dimensions) {
      #expect((found - expected).magnitude <= 1e-14)
    }
    let point = [0.25, 1, 0]
    #expect(try left.face(of: point).description == "*10")
    let parts = try zip(left.factors, point).reduce(0.0) { try $0 + $1.0.logDensity(of: [$1.1]) }
    #expect(try (left.logDensity(of: point) - parts).magnitude <= 1e-15)
  }

  @Test("products of simplices have products of faces")
  func simplices() throws {
    let laws = try [(3, 1.0), (2, 0)].map {
      try MaximumEntropySimplex(coordinateCount: $0.0, resolution: $0.1)
    }
    let product = try ProductDistribution(laws)
    let point = [0.5, 0, 0.5, 0, 1]
    let face = try product.face(of: point)
    #expect(face.description == "{0, 2} × {1}")
    let expected =
      laws[0].logProbability(ofFaceWithVertexCount: 2) + laws[1].logProbability(ofFaceWithVertexCount: 1)
    #expect(try (product.logProbability(of: face) - expected).magnitude <= 1e-15)
    #expect(
      throws: MixedError.outsidePolytope(
        argument: "factor 1, the point", reason: "its entries sum to 0.75, not to 1")
    ) {
      try product.logDensity(of: [0.5, 0, 0.5, 0.5, 0.25])
    }
    let outcomes = product.samples(1000, using: RandomStream(seed: 2))
    #expect(try product.logDensities(of: outcomes).allSatisfy { $0.isFinite })
    #expect(throws: MixedError.self) {
      try product.logProbability(of: ProductFace([SimplexFace([0], of: 3)]))
    }
    #expect(throws: MixedError.self) { try ProductDistribution<MaximumEntropySimplex>([]) }
    let mixed = try ProductDistribution<AnyMixedDistribution<SimplexFace>>([
      AnyMixedDistribution(laws[0]), AnyMixedDistribution(PublishedMaximumEntropyFaces(coordinateCount: 4)),
    ])
    let estimate = mixed.estimateEntropy(samples: 2000, using: RandomStream(seed: 7))
    #expect(try (estimate.value - mixed.entropy().total).magnitude <= 4.5 * estimate.standardError)
  }

  @Test("gradients of a product are those of its factors")
  func gradients() throws {
    let product = try ProductDistribution([ClippedNormal(0.4, 0.6), ClippedNormal(0.7, 0.3)])
    #expect(product.parameters == [0.4, 0.6, 0.7, 0.3])
    #expect(try product.withParameters([1, 2, 3, 4]).factors[1].deviation == 4)
    #expect(throws: MixedError.self) { try product.withParameters([1]) }
    let point = [0.2, 1.0]
    let score = score(of: product, at: point)
    for k in 0..<4 {
      let values = try [-1e-5, 1e-5].map { step in
        var parameters = product.parameters
        parameters[k] += step
        return try product.withParameters(parameters).logDensity(of: point)
      }
      // Central differences: the third derivative times 1e-10, and roundings over 1e-5.
      #expect((score[k] - (values[1] - values[0]) / 2e-5).magnitude <= 1e-8)
    }
    let stream = RandomStream(seed: 5)
    let path = product.estimatePathwiseGradient(pairs: 2000, using: stream) {
      ($0[0] * $0[1], [$0[1], $0[0]])
    }
    let scores = product.estimateScoreGradient(pairs: 2000, using: stream) { $0[0] * $0[1] }
    for (a, b) in zip(path.gradient, scores.gradient) {
      #expect((a.value - b.value).magnitude <= 4.5 * Double.hypot(a.standardError, b.standardError))
    }
  }

  @Test("the score of a mixture is the derivative of its density", arguments: [0.0, 0.3, 1])
  func mixtureScore(point: Double) throws {
    let mixture = try MixtureDistribution(
      [ClippedNormal(0.4, 0.6), ClippedNormal(0.7, 0.3)], weights: [1, 3])
    #expect(mixture.weights == [0.25, 0.75])
    let score = score(of: mixture, at: [point])
    for k in 0..<4 {
      let values = try [-1e-5, 1e-5].map { step in
        var parameters = mixture.parameters
        parameters[k] += step
        return try mixture.withParameters(parameters).logDensity(of: [point])
      }
      #expect((score[k] - (values[1] - values[0]) / 2e-5).magnitude <= 1e-8)
    }
    #expect(try (mixture.faceLaw().reduce(0) { $0 + $1.probability } - 1).magnitude <= 1e-14)
    #expect(try (mixture.dimensionLaw().reduce(0, +) - 1).magnitude <= 1e-14)
    #expect(try mixture.divergence(from: mixture).total.magnitude <= 1e-14)
    let stream = RandomStream(seed: 3)
    let estimate = mixture.estimateEntropy(samples: 4000, using: stream)
    #expect(try (estimate.value - mixture.entropy().total).magnitude <= 4.5 * estimate.standardError)
  }

  @Test("mixtures refuse what cannot be mixed")
  func invalid() {
    let law = ClippedNormal(0, 1)
    #expect(throws: MixedError.self) { try MixtureDistribution<ClippedNormal>([]) }
    #expect(throws: MixedError.self) { try MixtureDistribution([law], weights: [0]) }
    #expect(throws: MixedError.self) { try MixtureDistribution([law], weights: [.nan]) }
    #expect(throws: MixedError.self) { try MixtureDistribution([law], weights: [1, 1]) }
    #expect(throws: MixedError.self) {
      try MixtureDistribution([2, 3].map { try MaximumEntropySimplex(coordinateCount: $0) })
    }
  }

  private func score(of law: some DifferentiableMixedDistribution, at point: [Double]) -> [Double] {
    var score = [Double](repeating: 0, count: law.parameters.count)
    score.withUnsafeMutableBufferPointer { target in
      point.withUnsafeBufferPointer { law.addScore(unchecked: $0, weight: 1, into: target) }
    }
    return score
  }
}
