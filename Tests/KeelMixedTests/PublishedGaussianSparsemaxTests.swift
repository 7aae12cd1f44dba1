import Foundation
import Keel
import KeelMixed
import Testing

@Suite("Gaussian-Sparsemax as published")
struct PublishedGaussianSparsemaxTests {
  @Test("the published log-density misses the tails")
  func tails() throws {
    let law = GaussianSparsemaxTables.law
    let inside = try PublishedGaussianSparsemax(law).logDensity(of: [0.2, 0.3, 0.5])
    // The trapezoid rule gives 99/101 for 1.
    #expect(abs(inside - law.logDensity(ofValues: [0.2, 0.3, 0.5]) - log(99.0 / 101)) < 1e-12)
    for outcome in [[1, 0, 0], [0, 1, 0], [0, 0.5, 0.5]] {
      let truth = law.logDensity(ofValues: outcome)
      let errors = try [100, 1000, 10_000].map {
        try PublishedGaussianSparsemax(law, nodeCount: $0).logDensity(of: outcome) - truth
      }
      #expect(errors[0] < -0.01 && errors[0] > -0.3)
      #expect(errors[0] < errors[1] && errors[1] < errors[2] && errors[2] < 0 && errors[2] > -0.01)
    }
    #expect(throws: MixedError.self) { try PublishedGaussianSparsemax(law, nodeCount: 1) }
    #expect(throws: MixedError.self) { try PublishedGaussianSparsemax(law).logDensity(of: [1, 0]) }
  }

  @Test("the published entropy is right for one deviation only")
  func entropy() throws {
    #expect(abs(try PublishedGaussianSparsemaxBits(location: 0.5, deviation: 0.25).entropy - -0.18164) < 1e-5)
    #expect(
      abs(try PublishedGaussianSparsemaxBits(location: 0.3, deviation: 1).entropy - 1.0778968477486126)
        < 1e-10)
  }

  @Test("the published sampler has half the variance")
  func sampler() throws {
    let unit = try PublishedGaussianSparsemaxBits(location: 0.3, deviation: 1)
    var stream = RandomStream(seed: 4)
    let count = 100_000
    let zeros = Double(unit.samples(count: count, using: &stream).count { $0 == 0 })
    let drawn = StandardNormal.cumulative(-0.3 * 2.0.squareRoot())
    #expect(abs(drawn - 0.3357) < 1e-4)
    // 4.5 standard errors; the entropy assumes 0.3821, which is 30 away.
    #expect(abs(zeros - drawn * Double(count)) < 4.5 * (Double(count) * drawn * (1 - drawn)).squareRoot())
    #expect(throws: MixedError.self) { try PublishedGaussianSparsemaxBits(location: 0, deviation: 0) }
  }
}
