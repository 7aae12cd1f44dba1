import Foundation
import Keel
import KeelMixed
import TestSupport
import Testing

@Suite("Gaussian-Sparsemax with a covariance")
struct CorrelatedGaussianSparsemaxTests {
  /// A law with correlations up to about 0.7, and an outcome with at most `hidden` zeros.
  static func random(_ seed: Int, count: Int, hidden: Int) throws -> (CorrelatedGaussianSparsemax, [Double]) {
    var random = SplitMix(seed: UInt64(seed))
    let means: [Double] = random.array(count)
    var factor: Matrix<Double> = random.matrix(count, count)
    for k in 0..<count { factor[k, k] = 0.8 + 0.3 * factor[k, k] }
    var outcome: [Double] = random.array(count).map { $0 + 1.1 }
    for k in (0..<count).shuffled(using: &random).prefix(min(hidden, count - 1)) { outcome[k] = 0 }
    let sum = outcome.reduce(0, +)
    return (try CorrelatedGaussianSparsemax(means: means, factor: factor), outcome.map { $0 / sum })
  }

  @Test("with a diagonal covariance it is the law of independent scores", arguments: 0..<24)
  func diagonal(seed: Int) throws {
    let count = 1 + seed % 6
    let value = try GaussianCase.random(seed, count: count, ratio: 2)
    let zeros = value.outcome.count { $0 == 0 }
    guard zeros <= 3 else { return }
    var covariance = Matrix<Double>(zeros: count, count)
    for k in 0..<count { covariance[k, k] = value.law.deviations[k] * value.law.deviations[k] }
    let law = try CorrelatedGaussianSparsemax(means: value.law.means, covariance: covariance)
    // The nested quadrature has a tolerance of 1e-11.
    let (found, error) = value.outcome.withUnsafeBufferPointer { law.logDensityWithError(unchecked: $0) }
    #expect(error == 0)
    #expect(abs(found - value.logDensity) <= 1e-10 * max(1, abs(value.logDensity)), "\(value)")
    let (score, expected) = (law.scoreOfValues(value.outcome), value.law.scoreOfValues(value.outcome))
    for k in 0..<count {
      #expect(abs(score[k] - expected[k]) <= 1e-8 * max(1, abs(expected[k])), "\(value), mean \(k)")
      let diagonal = score[count + k * (k + 1) / 2 + k]
      #expect(
        abs(diagonal - expected[count + k]) <= 1e-8 * max(1, abs(expected[count + k])), "\(value), \(k)")
    }
  }

  @Test("scores agree with differences of log-densities", arguments: [0, 1, 2, 5, 6])
  func scores(seed: Int) throws {
    let (law, outcome) = try Self.random(seed, count: 2 + seed % 3, hidden: seed % 3)
    let score = law.scoreOfValues(outcome)
    for k in score.indices {
      let expected = try fivePointDerivative(2e-3) { h in
        var parameters = law.parameters
        parameters[k] += h
        return try law.withParameters(parameters).logDensity(ofValues: outcome)
      }
      // The quadrature has errors of 1e-11, which a difference divides by 2e-3.
      #expect(abs(score[k] - expected) <= 3e-8 * max(1, abs(expected)), "seed \(seed), parameter \(k)")
    }
    #expect(abs(score[..<law.means.count].reduce(0, +)) < 1e-10)
  }

  @Test("orthants of many dimensions are as accurate as their standard error says", arguments: 0..<3)
  func lattice(seed: Int) throws {
    let count = 6 + seed
    let value = try GaussianCase.random(seed, count: count, ratio: 2, largest: 1)
    var covariance = Matrix<Double>(zeros: count, count)
    for k in 0..<count { covariance[k, k] = value.law.deviations[k] * value.law.deviations[k] }
    let law = try CorrelatedGaussianSparsemax(
      means: value.law.means, covariance: covariance, pointCount: 2048)
    let (found, error) = value.outcome.withUnsafeBufferPointer { law.logDensityWithError(unchecked: $0) }
    #expect(error > 0 && error < 0.02)
    // Student's t with seven degrees of freedom is beyond 8 once in 10^4.
    #expect(abs(found - value.logDensity) < 8 * error, "\(value)")
  }

  @Test("equicorrelated scores have the faces of independent ones")
  func equicorrelated() throws {
    // Adding one normal number to all scores changes no outcome.
    let deviations = [0.7, 1.1, 0.5, 0.9]
    var covariance = Matrix(repeating: 2.0, rows: 4, columns: 4)
    for k in 0..<4 { covariance[k, k] += deviations[k] * deviations[k] }
    let means = [0.1, -0.2, 0.3, 0]
    let law = try CorrelatedGaussianSparsemax(means: means, covariance: covariance)
    let same = try GaussianSparsemax(means: means, deviations: deviations)
    for outcome in [[1, 0, 0, 0], [0, 0.5, 0.5, 0], [0.2, 0, 0.3, 0.5], [0.1, 0.2, 0.3, 0.4]] as [[Double]] {
      #expect(abs(law.logDensity(ofValues: outcome) - same.logDensity(ofValues: outcome)) < 1e-10)
    }
    #expect(
      abs(
        try law.logProbability(of: SimplexFace([2], of: 4)) - same.logProbability(of: SimplexFace([2], of: 4))
      )
        < 1e-10)
  }

  @Test(
    "samples are the projections of their noise, and the gradient of their path is exact", arguments: 0..<5)
  func paths(seed: Int) throws {
    let (law, _) = try Self.random(seed, count: 1 + seed, hidden: 0)
    let count = law.means.count
    var (stream, same) = (RandomStream(seed: 9), RandomStream(seed: 9))
    var outcomes = [Double](repeating: 0, count: 4 * count)
    outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
    var random = SplitMix(seed: UInt64(seed))
    for r in 0..<4 {
      let noise = law.noise(using: &same)
      let outcome = law.outcome(of: noise)
      #expect(outcome == Array(outcomes[r * count..<(r + 1) * count]))
      let cotangent: [Double] = random.array(count)
      var gradient = [Double](repeating: 0, count: law.parameters.count)
      cotangent.withUnsafeBufferPointer { cotangent in
        outcome.withUnsafeBufferPointer { outcome in
          gradient.withUnsafeMutableBufferPointer {
            law.addPullback(of: cotangent, at: outcome, noise: noise, into: $0)
          }
        }
      }
      for k in gradient.indices {
        let h = 1e-6
        let values = try [-h, h].map { step in
          var parameters = law.parameters
          parameters[k] += step
          let moved = try law.withParameters(parameters).outcome(of: noise)
          return zip(cotangent, moved).map(*).reduce(0, +)
        }
        #expect(abs((values[1] - values[0]) / (2 * h) - gradient[k]) < 1e-8, "seed \(seed), parameter \(k)")
      }
    }
  }

  @Test("wrong parameters are told by their name")
  func validation() throws {
    let singular = Matrix(repeating: 1.0, rows: 2, columns: 2)
    #expect(throws: MixedError.self) { try CorrelatedGaussianSparsemax(means: [0, 0], covariance: singular) }
    #expect(throws: MixedError.self) { try CorrelatedGaussianSparsemax(means: [0], covariance: singular) }
    #expect(throws: MixedError.self) {
      try CorrelatedGaussianSparsemax(means: [], covariance: Matrix(zeros: 0, 0))
    }
    #expect(throws: MixedError.self) {
      try CorrelatedGaussianSparsemax(means: [0, 0], factor: Matrix(zeros: 2, 2))
    }
    let law = try Self.random(1, count: 4, hidden: 0).0
    #expect(throws: MixedError.self) { try law.entropy() }
    #expect(throws: MixedError.self) { try law.dimensionLaw() }
    #expect(throws: MixedError.self) { try law.withParameters([1]) }
  }
}
