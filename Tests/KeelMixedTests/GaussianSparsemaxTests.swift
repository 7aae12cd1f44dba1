import Foundation
import Keel
import KeelMixed
import TestSupport
import Testing

/// Laws and outcomes of many kinds.
struct GaussianCase: CustomStringConvertible {
  var law: GaussianSparsemax
  var outcome: [Double]
  var description: String { "\(law.means) \(law.deviations) \(outcome)" }

  var logDensity: Double { law.logDensity(ofValues: outcome) }

  /// A law of `count` scores with deviations from 1/`ratio` to `ratio`, and an outcome on a face of at most
  /// `largest` vertices that need not be likely.
  static func random(_ seed: Int, count: Int, ratio: Double = 4, largest: Int = 5) throws -> GaussianCase {
    var random = SplitMix(seed: UInt64(seed))
    let means = random.array(count, Double.self).map { 2 * $0 }
    let deviations = random.array(count, Double.self).map { pow(ratio, $0) }
    let size = 1 + Int(random.next() % UInt64(min(count, largest)))
    var outcome = [Double](repeating: 0, count: count)
    for k in (0..<count).shuffled(using: &random).prefix(size) { outcome[k] = 1.01 + random.scalar() }
    let sum = outcome.reduce(0, +)
    return GaussianCase(
      law: try GaussianSparsemax(means: means, deviations: deviations), outcome: outcome.map { $0 / sum })
  }
}

extension MixedDistribution {
  func logDensity(ofValues outcome: [Double]) -> Double {
    outcome.withUnsafeBufferPointer { logDensity(unchecked: $0) }
  }
}

extension DifferentiableMixedDistribution {
  func scoreOfValues(_ outcome: [Double], weight: Double = 1) -> [Double] {
    var gradient = [Double](repeating: 0, count: parameters.count)
    outcome.withUnsafeBufferPointer { outcome in
      gradient.withUnsafeMutableBufferPointer { addScore(unchecked: outcome, weight: weight, into: $0) }
    }
    return gradient
  }
}

/// The derivative of f at 0 by five points: the error is h⁴ f⁽⁵⁾ / 30, and a few ulp of f over h.
func fivePointDerivative(_ h: Double, _ f: (Double) throws -> Double) rethrows -> Double {
  try (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)
}

@Suite("Gaussian-Sparsemax")
struct GaussianSparsemaxTests {
  static let law = GaussianSparsemaxTables.law

  @Test(
    "log-densities have been computed with 34 digits",
    arguments: [
      ([1, 0, 0], -2.247234663045106), ([0, 1, 0], -5.430040054679334), ([0, 0, 1], -2.705876962848153),
      ([0.3, 0.7, 0], -1.8011966372666577), ([0.25, 0, 0.75], -1.532948820169484),
      ([0, 0.5, 0.5], -2.6073200079989753), ([0.2, 0.3, 0.5], -0.6060275040857197),
    ] as [([Double], Double)], InstructionSet.available)
  func vectors(_ vector: ([Double], Double), on set: InstructionSet) {
    set.select {
      // The integral is good to 1e-13; the vectors have 16 digits.
      #expect(abs(Self.law.logDensity(ofValues: vector.0) - vector.1) < 1e-13)
    }
  }

  @Test("every instruction set returns the same bits", arguments: 0..<20)
  func sameBits(seed: Int) throws {
    let value = try GaussianCase.random(seed, count: [1, 2, 3, 7, 8, 9, 17, 70][seed % 8], ratio: 30)
    let all = InstructionSet.available.map { set in
      set.select { [value.logDensity] + value.law.scoreOfValues(value.outcome) }
    }
    for one in all.dropFirst() { #expect(one == all[0], "\(value)") }
  }

  @Test("deviations may differ by orders of magnitude, and outcomes be far in the tail")
  func hardDensities() throws {
    for (means, deviations, outcome, expected) in GaussianSparsemaxTables.hard {
      let found = try GaussianSparsemax(means: means, deviations: deviations).logDensity(ofValues: outcome)
      #expect(abs(found - expected) <= 1e-12 * max(1, abs(expected)), "\(means) \(deviations) \(outcome)")
    }
  }

  @Test("scores agree with differences of log-densities", arguments: 0..<40)
  func scores(seed: Int) throws {
    let value = try GaussianCase.random(seed, count: 1 + seed % 9)
    let (law, score) = (value.law, value.law.scoreOfValues(value.outcome))
    for k in score.indices {
      // Deviations are at least 1/4: the fifth derivative is below 1e5, and ln p has an error of 1e-13 at most.
      let expected = try fivePointDerivative(1e-3 * (k < law.means.count ? 1 : law.parameters[k])) { h in
        var parameters = law.parameters
        parameters[k] += h
        return try law.withParameters(parameters).logDensity(ofValues: value.outcome)
      }
      #expect(abs(score[k] - expected) <= 1e-8 * max(1, abs(expected)), "\(value), parameter \(k)")
    }
    let sum = score[..<law.means.count].reduce(0, +)
    let size = score.map(abs).max() ?? 1
    #expect(abs(sum) <= 1e-12 * max(1, size), "\(value)")
  }

  @Test("derivatives by the outcome agree with differences along its face", arguments: 0..<20)
  func outcomeScores(seed: Int) throws {
    let value = try GaussianCase.random(seed, count: 2 + seed % 6)
    var gradient = [Double](repeating: 0, count: value.outcome.count)
    value.outcome.withUnsafeBufferPointer { outcome in
      gradient.withUnsafeMutableBufferPointer {
        value.law.addOutcomeScore(unchecked: outcome, weight: 1, into: $0)
      }
    }
    let support = value.outcome.indices.filter { value.outcome[$0] != 0 }
    #expect(value.outcome.indices.allSatisfy { support.contains($0) || gradient[$0] == 0 })
    for k in support.dropFirst() {
      let expected = fivePointDerivative(1e-4) { h in
        var outcome = value.outcome
        outcome[k] += h
        outcome[support[0]] -= h
        return value.law.logDensity(ofValues: outcome)
      }
      #expect(
        abs(gradient[k] - gradient[support[0]] - expected) <= 1e-8 * max(1, abs(expected)), "\(value), \(k)")
    }
  }

  @Test("batches are the same as one outcome after the other, for any number of outcomes")
  func batches() throws {
    for (count, rows) in [(1, 5), (3, 700), (70, 40)] {
      let law = try GaussianCase.random(count, count: count).law
      var stream = RandomStream(seed: 3)
      var outcomes = [Double](repeating: 0, count: count * rows)
      outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
      var densities = [Double](repeating: 0, count: rows)
      outcomes.withUnsafeBufferPointer { outcomes in
        densities.withUnsafeMutableBufferPointer { law.logDensities(unchecked: outcomes, into: $0) }
      }
      for r in 0..<rows {
        let row = Array(outcomes[r * count..<(r + 1) * count])
        #expect(densities[r] == law.logDensity(ofValues: row))
      }
    }
  }

  @Test(
    "samples are the projections of their noise, and the gradient of their path is exact", arguments: 0..<10)
  func paths(seed: Int) throws {
    let count = 1 + seed
    let law = try GaussianCase.random(seed, count: count).law
    var (stream, same) = (RandomStream(seed: UInt64(seed)), RandomStream(seed: UInt64(seed)))
    var outcomes = [Double](repeating: 0, count: 6 * count)
    outcomes.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
    var random = SplitMix(seed: UInt64(seed))
    for r in 0..<6 {
      // An odd number of normals leaves half a block, which the next row must not drop.
      let noise = law.noise(using: &same)
      let outcome = law.outcome(of: noise)
      #expect(outcome == Array(outcomes[r * count..<(r + 1) * count]), "seed \(seed)")
      let cotangent: [Double] = random.array(count)
      var gradient = [Double](repeating: 0, count: 2 * count)
      cotangent.withUnsafeBufferPointer { cotangent in
        outcome.withUnsafeBufferPointer { outcome in
          gradient.withUnsafeMutableBufferPointer {
            law.addPullback(of: cotangent, at: outcome, noise: noise, into: $0)
          }
        }
      }
      for k in 0..<2 * count {
        // Outcomes are linear in the parameters as long as the face stays: a difference is exact to rounding.
        let h = 1e-6
        let values = try [-h, h].map { step in
          var parameters = law.parameters
          parameters[k] += step
          let moved = try law.withParameters(parameters).outcome(of: noise)
          #expect(zip(moved, outcome).allSatisfy { ($0 == 0) == ($1 == 0) })
          return zip(cotangent, moved).map(*).reduce(0, +)
        }
        #expect(abs((values[1] - values[0]) / (2 * h) - gradient[k]) < 1e-8, "seed \(seed), parameter \(k)")
      }
    }
  }

  @Test("parameters at the edges give finite numbers")
  func edges() throws {
    let deviations: [[Double]] = [[1e-3, 1e-3, 1e-3], [1e3, 1e3, 1e3], [1e-3, 1, 1e3], [1e3, 1e-3, 1e-3]]
    let outcomes: [[Double]] = [
      [1, 0, 0], [0, 0, 1], [0.5, 0.5, 0], [0, 1e-9, 1 - 1e-9], [0.2, 0.3, 0.5],
    ]
    for means in [[0, 0, 0], [200, -200, 0], [-200, 200, 200]] as [[Double]] {
      for deviations in deviations {
        let law = try GaussianSparsemax(means: means, deviations: deviations)
        for outcome in outcomes {
          #expect(law.logDensity(ofValues: outcome).isFinite, "\(law) \(outcome)")
          #expect(law.scoreOfValues(outcome).allSatisfy { $0.isFinite }, "\(law) \(outcome)")
        }
        var stream = RandomStream(seed: 1)
        var drawn = [Float](repeating: 0, count: 30)
        drawn.withUnsafeMutableBufferPointer { law.fillSamples($0, using: &stream) }
        #expect(drawn.allSatisfy { $0 >= 0 && $0 <= 1 })
      }
    }
    let single = try GaussianSparsemax(means: [3], deviations: [2])
    #expect(single.logDensity(ofValues: [1]) == 0)
    #expect(single.scoreOfValues([1]) == [0, 0])
  }

  @Test("wrong parameters are told by their name")
  func validation() {
    #expect(throws: MixedError.wrongShape(argument: "means", expected: "at least one number", found: "empty"))
    {
      try GaussianSparsemax(means: [], deviations: [])
    }
    #expect(
      throws: MixedError.wrongShape(argument: "deviations", expected: "as many as means, 2", found: "1")
    ) {
      try GaussianSparsemax(means: [1, 2], deviations: [1])
    }
    for wrong in [0, -1, Double.nan, .infinity] {
      #expect(throws: MixedError.self) { try GaussianSparsemax(means: [1, 2], deviations: [1, wrong]) }
    }
    #expect(throws: MixedError.self) { try GaussianSparsemax(means: [1, .nan], deviations: [1, 1]) }
    #expect(throws: MixedError.self) { try Self.law.withParameters([1, 2, 3]) }
  }
}

extension PathwiseMixedDistribution {
  func outcome(of noise: Noise) -> [Double] {
    var outcome = [Double](repeating: 0, count: coordinateCount)
    outcome.withUnsafeMutableBufferPointer { apply(noise, to: $0) }
    return outcome
  }
}
