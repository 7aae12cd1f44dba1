import Keel
import TestSupport
import Testing

@testable import KeelMixed

@Suite("Paths of the mixed Dirichlet law")
struct MixedDirichletPathTests {
  private let law: MixedDirichlet

  init() throws {
    law = try MixedDirichlet(weights: [0.5, -1, 0.25, -0.3], concentrations: [0.7, 1.5, 2, 0.4])
  }

  private func outcome(_ law: MixedDirichlet, _ noise: MixedDirichlet.Noise) -> [Double] {
    var y = [Double](repeating: .nan, count: law.coordinateCount)
    y.withUnsafeMutableBufferPointer { law.apply(noise, to: $0) }
    return y
  }

  private func pullback(_ cotangent: [Double], _ noise: MixedDirichlet.Noise) -> [Double] {
    var gradient = [Double](repeating: 0, count: 2 * law.coordinateCount)
    gradient.withUnsafeMutableBufferPointer { into in
      cotangent.withUnsafeBufferPointer { c in
        outcome(law, noise).withUnsafeBufferPointer {
          law.addPullback(of: c, at: $0, noise: noise, into: into)
        }
      }
    }
    return gradient
  }

  @Test("the derivatives of outcomes are those along their paths", arguments: 0..<20)
  func differences(seed: Int) throws {
    var stream = RandomStream(seed: UInt64(seed))
    let noise = law.noise(using: &stream)
    let cotangent = [0.3, -1, 0.7, 0.2]
    let gradient = pullback(cotangent, noise)
    for p in 0..<8 {
      var values: [Double: Double] = [:]
      for step in [-2e-3, -1e-3, 1e-3, 2e-3] {
        var moved = law.parameters
        moved[p] += step
        let y = outcome(try law.withParameters(moved), noise)
        values[step] = zip(cotangent, y).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let expected = finiteDifference { values[$0] ?? .nan }
      #expect(abs(gradient[p] - expected) < 1e-8, "parameter \(p), seed \(seed)")
    }
  }

  @Test("a moved gamma number keeps its quantile")
  func quantiles() throws {
    // Gamma(1) has the distribution function 1 - exp(-g); Gamma(2), 1 - (1 + g) exp(-g).
    let face = try SimplexFace([0, 1], of: 2)
    for g in [1e-6, 0.1, 1, 4] {
      let noise = MixedDirichlet.Noise(
        face: face, logGammas: [Double.log(g), 0], concentrations: [1, 1])
      let moved = Double.exp(noise.logGammas(at: [2, 1])[0])
      // Thirty-five steps, each off by 0.02^5 or less.
      #expect(abs((1 + moved) * Double.exp(-moved) - Double.exp(-g)) < 1e-7)
    }
  }

  @Test("paths and scores of faces add up to the gradient of an expectation", arguments: [1, 2])
  func expectation(seed: UInt64) throws {
    // E y_0 = Σ P(f) α_0 / Σ_f α.
    func mean(_ law: MixedDirichlet) throws -> Double {
      try GibbsFacesTests.allFaces(4).reduce(0.0) { total, face in
        guard face.contains(0) else { return total }
        return total + Double.exp(law.logProbability(of: face)) * law.concentrations[0]
          / face.vertices.reduce(0) { $0 + law.concentrations[$1] }
      }
    }
    let draws = 20_000
    var stream = RandomStream(seed: seed)
    var (sums, squares) = ([Double](repeating: 0, count: 8), [Double](repeating: 0, count: 8))
    for _ in 0..<draws {
      let noise = law.noise(using: &stream)
      var gradient = pullback([1, 0, 0, 0], noise)
      gradient.withUnsafeMutableBufferPointer {
        law.addDiscreteScore(of: noise, weight: outcome(law, noise)[0] - 0.3, into: $0)
      }
      for p in 0..<8 {
        sums[p] += gradient[p]
        squares[p] += gradient[p] * gradient[p]
      }
    }
    let n = Double(draws)
    for p in 0..<8 {
      var values: [Double: Double] = [:]
      for step in [-2e-3, -1e-3, 1e-3, 2e-3] {
        var moved = law.parameters
        moved[p] += step
        values[step] = try mean(try law.withParameters(moved))
      }
      let expected = finiteDifference { values[$0] ?? .nan }
      let error = ((squares[p] / n - sums[p] * sums[p] / (n * n)) / n).squareRoot()
      #expect(abs(sums[p] / n - expected) < 4.5 * error + 1e-9, "parameter \(p)")
    }
  }

  @Test("tiny concentrations", arguments: [1e-3, 1e-10, 1e-100])
  func tinyConcentrations(concentration: Double) throws {
    let law = try MixedDirichlet(
      weights: [1, 1, 1], concentrations: [concentration, concentration, 1])
    var stream = RandomStream(seed: 3)
    for _ in 0..<50 {
      let noise = law.noise(using: &stream)
      let y = outcome(law, noise)
      #expect((0..<3).allSatisfy { (y[$0] > 0) == noise.face.contains($0) })
      var gradient = [Double](repeating: 0, count: 6)
      gradient.withUnsafeMutableBufferPointer { into in
        [1.0, 2, 3].withUnsafeBufferPointer { c in
          y.withUnsafeBufferPointer { law.addPullback(of: c, at: $0, noise: noise, into: into) }
        }
      }
      #expect(gradient.allSatisfy { !$0.isNaN })
    }
  }
}
