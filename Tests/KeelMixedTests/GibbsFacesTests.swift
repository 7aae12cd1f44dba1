import Keel
import TestSupport
import Testing

@testable import KeelMixed

@Suite("The law of non-empty faces")
struct GibbsFacesTests {
  private let w = [0.5, -1, 0.25, -0.3]
  private let v = [-0.2, 0.4, 0, 1]

  /// All faces of a simplex of K vertices.
  static func allFaces(_ count: Int) throws -> [SimplexFace] {
    try (1..<1 << count).map { bits in
      try SimplexFace((0..<count).filter { bits >> $0 & 1 == 1 }, of: count)
    }
  }

  @Test("four weights to the digits that were computed with forty")
  func vector() throws {
    let (law, other) = (try GibbsFaces(weights: w), try GibbsFaces(weights: v))
    #expect(abs(law.logNormalizer - 3.3422775063437307) < 2e-15)
    expectClose(
      law.marginals, [0.7758589345987452, 0.12650785420568153, 0.6606045639220094, 0.37605840184330586], 4e-16
    )
    #expect(abs(law.entropy - 2.1647670393013274) < 2e-15)
    expectClose(
      law.dimensionLaw, [0.3095419785702042, 0.46228512290761803, 0.2077740639044094, 0.020398834617768428],
      4e-16)
    expectClose(
      law.entropyGradient, [-0.361095824711973, 0.454878836114908, -0.201532023274892, 0.318617787595452],
      2e-15
    )
    #expect(abs(law.divergence(from: other) - 1.7853203776006974) < 2e-15)
  }

  @Test("closed forms agree with enumeration", arguments: 1...12)
  func enumeration(count: Int) throws {
    var random = SplitMix(seed: UInt64(count))
    let scale = [0.1, 1, 5][count % 3]
    let weights: [Double] = random.array(count).map { scale * $0 }
    let otherWeights: [Double] = random.array(count)
    let (law, other) = (try GibbsFaces(weights: weights), try GibbsFaces(weights: otherWeights))
    let faces = try Self.allFaces(count)
    // Against sums over faces as they are defined.
    func energy(_ face: SimplexFace, _ weights: [Double]) -> Double {
      weights.indices.reduce(0) { $0 + weights[$1] * (face.contains($1) ? 1 : -1) }
    }
    let normalizer = Double.log(faces.reduce(0) { $0 + Double.exp(energy($1, weights)) })
    let otherNormalizer = Double.log(faces.reduce(0) { $0 + Double.exp(energy($1, otherWeights)) })
    let logs = faces.map { energy($0, weights) - normalizer }
    let probabilities = logs.map { Double.exp($0) }
    // The sums have rounding errors of some 1e-15 times the magnitude of the energies, 60 at most.
    let tolerance = 1e-12
    #expect(abs(law.logNormalizer - normalizer) < tolerance)
    expectClose(faces.map { law.logProbability(of: $0) }, logs, tolerance)
    #expect(abs(law.entropy + zip(probabilities, logs).reduce(0) { $0 + $1.0 * $1.1 }) < tolerance)
    let divergence = zip(faces, zip(probabilities, logs)).reduce(0.0) {
      $0 + $1.1.0 * ($1.1.1 - energy($1.0, otherWeights) + otherNormalizer)
    }
    #expect(abs(law.divergence(from: other) - divergence) < tolerance)
    #expect(abs(law.divergence(from: law)) < tolerance)
    func mean(_ value: (SimplexFace) -> Double) -> Double {
      zip(faces, probabilities).reduce(0) { $0 + $1.1 * value($1.0) }
    }
    let marginals = (0..<count).map { k in mean { $0.contains(k) ? 1 : 0 } }
    expectClose(law.marginals, marginals, tolerance)
    expectClose((0..<count).map { law.complement($0) }, marginals.map { 1 - $0 }, tolerance)
    #expect(abs(law.meanDimension - mean { Double($0.dimension) }) < tolerance)
    expectClose(
      law.dimensionLaw, (0..<count).map { d in mean { $0.dimension == d ? 1 : 0 } }, tolerance)
    let covariance = law.covariance
    for i in 0..<count {
      for j in 0..<count {
        let expected = mean { $0.contains(i) && $0.contains(j) ? 1 : 0 } - marginals[i] * marginals[j]
        #expect(abs(covariance[i, j] - expected) < tolerance)
      }
    }
    let x: [Double] = random.array(count)
    expectClose(
      law.covarianceProduct(x),
      (0..<count).map { i in (0..<count).reduce(0) { $0 + covariance[i, $1] * x[$1] } },
      tolerance)
    let best = zip(faces, probabilities).max { $0.1 < $1.1 }
    #expect(best.map { law.logProbability(of: $0.0) } == law.logProbability(of: law.mode))
    // A law of faces that depends on the size alone, against the sum over faces.
    let unscaled = (0..<count).map { -0.3 * Double($0 * $0) }
    let sizeNormalizer = Double.log(faces.reduce(0) { $0 + Double.exp(unscaled[$1.dimension]) })
    let sizes = unscaled.map { $0 - sizeNormalizer }
    #expect(
      abs(law.divergence(fromExchangeable: sizes) + law.entropy + mean { sizes[$0.dimension] }) < tolerance)
  }

  @Test("gradients agree with differences", arguments: 1...8)
  func gradients(count: Int) throws {
    var random = SplitMix(seed: UInt64(100 + count))
    let weights: [Double] = random.array(count).map { 2 * $0 }
    let otherWeights: [Double] = random.array(count)
    let (law, other) = (try GibbsFaces(weights: weights), try GibbsFaces(weights: otherWeights))
    let (own, others) = law.divergenceGradients(from: other)
    let face = law.mode
    let score = law.score(of: face)
    // A central difference with step 1e-4 errs by 1e-8 / 6 times a third derivative of about 1, and 1e-16 / 1e-4;
    // extrapolated from two steps, by 1e-12 or so.
    for k in 0..<count {
      func derivative(_ weights: [Double], _ value: (GibbsFaces) -> Double) -> Double {
        finiteDifference { step in
          var moved = weights
          moved[k] += step
          return value(GibbsFaces(sound: moved))
        }
      }
      #expect(abs(derivative(weights) { $0.entropy } - law.entropyGradient[k]) < 1e-9)
      #expect(abs(derivative(weights) { $0.meanDimension } - law.meanDimensionGradient[k]) < 1e-9)
      #expect(abs(derivative(weights) { $0.divergence(from: other) } - own[k]) < 1e-9)
      #expect(abs(derivative(otherWeights) { law.divergence(from: $0) } - others[k]) < 1e-9)
      #expect(abs(derivative(weights) { $0.logProbability(of: face) } - score[k]) < 1e-9)
    }
  }

  @Test("low weights choose one vertex", arguments: [-20.0, -200, -1e4, -1e8])
  func lowWeights(level: Double) throws {
    // Relative to each other, weights keep their digits up to the rounding of the level itself.
    let offsets = [0.0, 0.5, -0.25, 1, 0, -2]
    let law = try GibbsFaces(weights: offsets.map { level + $0 })
    let sum = offsets.reduce(0) { $0 + Double.exp(2 * $1) }
    let expected = offsets.map { Double.exp(2 * $0) / sum }
    // At -20 pairs have a probability of exp(-36).
    let tolerance = max(1e-15 * -level, 1e-14) + Double.exp(2 * level) * 100
    expectClose(law.marginals, expected, tolerance)
    expectClose(law.dimensionLaw, [1, 0, 0, 0, 0, 0], tolerance)
    #expect(abs(law.entropy + expected.reduce(0) { $0 + $1 * Double.log($1) }) < tolerance)
    let gradient = law.entropyGradient
    let mean = zip(offsets, expected).reduce(0) { $0 + $1.0 * $1.1 }
    // The derivative of the entropy of a softmax of 2 w.
    expectClose(gradient, zip(offsets, expected).map { -4 * $1 * ($0 - mean) }, 100 * tolerance)
    let other = try GibbsFaces(weights: (0..<6).map { _ in 2 * level })
    #expect(
      abs(law.divergence(from: other) - Double.log(6) + law.entropy) < 4 * tolerance)
    let lowest = try GibbsFaces(weights: [-200, -200, -200, -200, -200, -200])
    expectClose(lowest.marginals, Array(repeating: 1 / 6.0, count: 6), 2e-16)
  }

  @Test("high weights choose all vertices", arguments: [20.0, 200, 1e4, 1e8, 1e100])
  func highWeights(level: Double) throws {
    let law = try GibbsFaces(weights: [level, level, 0.5])
    expectClose(law.marginals, [1, 1, 0.7310585786300049], 2e-16)
    expectClose(law.dimensionLaw, [0, 1 - 0.7310585786300049, 0.7310585786300049], 2e-16)
    #expect(abs(law.entropy - 0.5822031087882094) < 1e-9)
    #expect(law.entropyGradient.allSatisfy(\.isFinite) && law.logNormalizer.isFinite)
    let low = try GibbsFaces(weights: [-level, level, -level])
    #expect(level < 1e4 || low.marginals == [0, 1, 0])
    #expect(law.divergence(from: low) > 0 && low.entropy >= 0)
  }

  @Test("one vertex is certain", arguments: [-1e100, -200, -1, 0, 0.3, 200, 1e100])
  func oneVertex(weight: Double) throws {
    let law = try GibbsFaces(weights: [weight])
    #expect(law.marginals == [1] && law.dimensionLaw == [1] && law.meanDimension == 0)
    #expect(law.entropy == 0 && law.logProbability(of: law.mode) == 0)
    #expect(abs(law.logNormalizer - weight) <= 1e-16 * abs(weight) + 1e-15)
    #expect(abs(law.entropyGradient[0]) < 1e-14)
    #expect(law.divergence(from: try GibbsFaces(weights: [7])) < 1e-15)
    var stream = RandomStream(seed: 1)
    #expect(law.sample(using: &stream).vertices == [0])
  }

  @Test("faces are drawn with their probabilities", arguments: [0.0, -1.5, -30, 2], [1, 2])
  func samples(shift: Double, seed: UInt64) throws {
    let law = try GibbsFaces(weights: w.map { $0 + shift })
    let draws = 40_000
    var stream = RandomStream(seed: seed)
    var counts = [SimplexFace: Int]()
    for _ in 0..<draws { counts[law.sample(using: &stream), default: 0] += 1 }
    let (statistic, degrees) = try chiSquared(counts, draws: draws, count: 4) { law.logProbability(of: $0) }
    // Wilson and Hilferty: beyond 4.2 standard deviations with a probability below 2e-5.
    #expect(chiSquaredDeviation(statistic, degrees: degrees) < 4.2, "seed \(seed)")
  }

  @Test("many vertices")
  func manyVertices() throws {
    var random = SplitMix(seed: 3)
    let weights: [Double] = random.array(100_000).map { 3 * $0 - 2 }
    let law = try GibbsFaces(weights: weights)
    var stream = RandomStream(seed: 5)
    let face = law.sample(using: &stream)
    let deviation = law.weights.indices.reduce(0) { $0 + law.marginal($1) * law.complement($1) }.squareRoot()
    #expect(abs(Double(face.dimension) - law.meanDimension) < 6 * deviation)
    #expect(law.logProbability(of: face).isFinite && law.entropy.isFinite)
    let short = try GibbsFaces(weights: Array(weights[..<2000]))
    let sizes = short.dimensionLaw
    #expect(abs(sizes.reduce(0, +) - 1) < 1e-12)
    let mean = sizes.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    // Rounding of K sums of positive terms.
    #expect(abs(mean / short.meanDimension - 1) < 2000 * 2e-16)
  }

  @Test("small probabilities of sizes keep their digits")
  func tails() throws {
    // Binomial(40, p) with p = σ(-8), given that it is not 0.
    let (count, weight) = (40, -4.0)
    let law = try GibbsFaces(weights: Array(repeating: weight, count: count)).dimensionLaw
    let (logP, logQ) = (-LogSpace.softplus(-2 * weight), -LogSpace.softplus(2 * weight))
    let mass = -Double.expMinusOne(Double(count) * logQ)
    for n in 1...count {
      let choose =
        Double.logGamma(Double(count + 1)) - Double.logGamma(Double(n + 1))
        - Double.logGamma(Double(count - n + 1))
      let expected = Double.exp(choose + Double(n) * logP + Double(count - n) * logQ) / mass
      #expect(abs(law[n - 1] / expected - 1) < 1e-12)
    }
  }

  @Test("wrong weights are told apart")
  func errors() {
    #expect(throws: MixedError.self) { try GibbsFaces(weights: []) }
    for wrong in [Double.nan, .infinity, -.infinity, 1e101] {
      #expect(throws: MixedError.self) { try GibbsFaces(weights: [0, wrong]) }
    }
  }
}
