import Keel
import RealModule
import Testing

@testable import KeelMixed

@Suite("Quadrature and Monte Carlo over any mixed law")
struct EstimationTests {
  static let entropies: [(Double, Double, Double)] = [
    (0.3, 1, 1.0778968477486126), (0.3, 0.5.squareRoot(), 1.001863838629086),
    (0.5, 0.25, 0.09531280616497154),
    (1.2, 0.4, 0.49980810427778133), (-0.5, 2, 0.9478606037974815),
  ]

  @Test("the entropy of clipped normals by quadrature", arguments: entropies)
  func entropy(mean: Double, deviation: Double, expected: Double) throws {
    let law = ClippedNormal(mean, deviation)
    let entropy = try law.integratedEntropy()
    #expect((entropy.total - expected).magnitude <= 1e-12)
    #expect((entropy.face - law.entropy().face).magnitude <= 1e-12)
    #expect((entropy.conditional - law.entropy().conditional).magnitude <= 1e-12)
    #expect((entropy.meanDimension - law.entropy().meanDimension).magnitude <= 1e-12)
    #expect(try (law.integratedDensity() - 1).magnitude <= 1e-12)
  }

  @Test("narrow peaks are found", arguments: [1e-2, 1e-3, 1e-4], [0.5, 0.123, 0.99])
  func peaks(deviation: Double, mean: Double) throws {
    let law = ClippedNormal(mean, deviation)
    let entropy = try law.integratedEntropy()
    // The mass must be right to 1e-10; its logarithm is at most ln(1e4).
    #expect((entropy.total - law.entropy().total).magnitude <= 1e-9)
  }

  @Test("the divergence of clipped normals by quadrature")
  func divergence() throws {
    let first = try ClippedNormal(0.3, 0.5).integratedDivergence(from: ClippedNormal(0.6, 0.8))
    #expect((first.total - 0.17782254108430148).magnitude <= 1e-12)
    let second = try ClippedNormal(-0.2, 1).integratedDivergence(from: ClippedNormal(0.5, 0.25))
    #expect((second.total - 1.7627962692283943).magnitude <= 1e-11)
    #expect(first.face >= 0 && first.conditional >= 0)
    let prior = try MaximumEntropyCube(coordinateCount: 1, resolution: 2)
    let exact = try ClippedNormal(0.3, 0.5).divergence(from: prior)
    let integrated = try ClippedNormal(0.3, 0.5).integratedDivergence(from: prior)
    #expect((exact.face - integrated.face).magnitude <= 1e-12)
    #expect((exact.conditional - integrated.conditional).magnitude <= 1e-12)
  }

  @Test("the information that an outcome gives of its component")
  func mutualInformation() throws {
    let components = [ClippedNormal(0.2, 0.4), ClippedNormal(0.8, 0.4)]
    let mixture = try MixtureDistribution(components)
    let information = try mixture.mutualInformation()
    #expect((information.total - 0.21749376033952217).magnitude <= 1e-12)
    let difference = try mixture.entropy().total - components.reduce(0) { $0 + $1.entropy().total / 2 }
    #expect((information.total - difference).magnitude <= 1e-12)
    let estimate = mixture.estimateMutualInformation(samples: 10_000, using: RandomStream(seed: 4))
    #expect((estimate.value - information.total).magnitude <= 4.5 * estimate.standardError)
    #expect(estimate.count == 20_000)
  }

  @Test("estimates agree with exact values, whatever the number of threads")
  func estimates() throws {
    let (law, other) = (ClippedNormal(0.3, 0.5), ClippedNormal(0.6, 0.8))
    let stream = RandomStream(seed: 6)
    func check(_ exact: Double, _ estimate: (Int) -> Estimate) {
      let one = estimate(1)
      #expect((one.value - exact).magnitude <= 4.5 * one.standardError)
      #expect(one == estimate(3))
      #expect(one.count == 10_000)
    }
    let divergence = try law.integratedDivergence(from: other).total
    check(law.entropy().total) { law.estimateEntropy(samples: 10_000, using: stream, threads: $0) }
    check(divergence) { law.estimateDivergence(from: other, samples: 10_000, using: stream, threads: $0) }
    check(law.entropy().total + divergence) {
      law.estimateCrossEntropy(with: other, samples: 10_000, using: stream, threads: $0)
    }
    let mean = try law.integratedMean { $0[0] * $0[0] }
    check(mean) { law.estimateMean(samples: 10_000, using: stream, threads: $0) { $0[0] * $0[0] } }
    let parts = try law.estimateEntropyParts(samples: 10_000, using: stream)
    #expect((parts.total - law.entropy().total).magnitude <= 4.5 * parts.standardError)
    #expect((parts.face - law.entropy().face).magnitude <= 0.05)
    #expect((parts.meanDimension - law.entropy().meanDimension).magnitude <= 0.03)
  }

  @Test("samples do not depend on threads, and a longer run begins with a shorter one")
  func samples() throws {
    let law = try MaximumEntropySimplex(coordinateCount: 7, resolution: 1)
    let stream = RandomStream(seed: 9)
    let one = law.samples(5000, using: stream, as: Float.self, threads: 1)
    #expect(one == law.samples(5000, using: stream, as: Float.self, threads: 2))
    let short = law.samples(100, using: stream, as: Float.self)
    #expect(short.elements == Array(one.elements[..<700]))
    #expect(law.samples(0, using: stream, as: Double.self).rows == 0)
  }

  @Test("no mass where there should be some makes a divergence infinite, not NaN")
  func infinite() throws {
    let law = ClippedNormal(0.5, 1)
    let narrow = ClippedNormal(0.5, 0.001)
    #expect(try law.integratedDivergence(from: narrow).total == .infinity)
    let estimate = law.estimateDivergence(from: narrow, samples: 1000, using: RandomStream(seed: 1))
    #expect(estimate.value == .infinity && estimate.standardError == .infinity)
  }

  @Test("moments of a merged sample are those of the whole")
  func moments() {
    let values = (0..<100).map { 1e6 + Double($0 * $0 % 37) }
    var (all, left, right) = (RunningMoments(), RunningMoments(), RunningMoments())
    for (index, value) in values.enumerated() {
      all.add(value)
      if index < 33 { left.add(value) } else { right.add(value) }
    }
    left.merge(right)
    let mean = values.reduce(0, +) / 100
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 99
    #expect((left.estimate.value - mean).magnitude <= 1e-9)
    #expect((left.estimate.standardError - (variance / 100).squareRoot()).magnitude <= 1e-9)
    #expect((all.estimate.standardError - left.estimate.standardError).magnitude <= 1e-9)
  }

  @Test("outcomes are checked before densities are taken")
  func validation() throws {
    let law = try MaximumEntropySimplex(coordinateCount: 3)
    #expect(throws: MixedError.wrongShape(argument: "outcome", expected: "of 3 coordinates", found: "of 2")) {
      try law.logDensity(of: [0.5, 0.5])
    }
    #expect(throws: MixedError.outsidePolytope(argument: "row 1, entry 2", reason: "it is -0.1")) {
      try law.logDensities(of: [[1, 0, 0], [0.6, 0.5, -0.1]] as Matrix<Double>)
    }
    #expect(throws: MixedError.self) { try law.logDensities(of: [[1, 0]] as Matrix<Double>) }
    #expect(throws: MixedError.self) { try law.face(of: [0.5, 0.4, 0]) }
    #expect(throws: MixedError.self) { try law.faceCounts(of: [[1, 0]] as Matrix<Double>) }
    #expect(try law.face(of: [0.5, 0.5, 0]).vertices == [0, 1])
    let inside = try law.logDensityGivenFace(of: [0.25, 0.25, 0.5])
    // The difference of two numbers of about 3.
    #expect((inside - Double.log(2)).magnitude <= 2e-15)
    let all: [Double] = try law.logDensities(
      of: Matrix(law.samples(10, using: RandomStream(seed: 1)).transposed).transposed)
    #expect(all.allSatisfy { $0 == -law.logPartition })
    #expect(throws: MixedError.self) { try law.integratedEntropy() }
    #expect(throws: MixedError.self) { try MaximumEntropySimplex(coordinateCount: 21).faceLaw() }
  }

  @Test("gradients of expectations, along paths and by scores")
  func gradients() throws {
    let law = ClippedNormal(0.4, 0.6)
    let exact = try (0..<2).map { k in
      let values = try [-1e-4, 1e-4].map { step in
        var parameters = law.parameters
        parameters[k] += step
        return try law.withParameters(parameters).integratedMean { $0[0] * $0[0] }
      }
      return (values[1] - values[0]) / 2e-4
    }
    let stream = RandomStream(seed: 12)
    let path = law.estimatePathwiseGradient(pairs: 4000, using: stream) { ($0[0] * $0[0], [2 * $0[0]]) }
    let score = law.estimateScoreGradient(pairs: 4000, using: stream) { $0[0] * $0[0] }
    for estimate in [path, score] {
      for (found, expected) in zip(estimate.gradient, exact) {
        #expect((found.value - expected).magnitude <= 4.5 * found.standardError)
      }
      let mean = try law.integratedMean { $0[0] * $0[0] }
      #expect((estimate.mean.value - mean).magnitude <= 4.5 * estimate.mean.standardError)
    }
    #expect(path.gradient[0].standardError < score.gradient[0].standardError)
    let again = law.estimateScoreGradient(pairs: 4000, using: stream, threads: 1) { $0[0] * $0[0] }
    #expect(score == again)
  }
}
