import Foundation
import Keel
import Testing

@Suite("The Kolmogorov-Smirnov test")
struct KolmogorovSmirnovTests {
  // Small cases are polynomials, such as 1 - n! (2D - 1/n)ⁿ for D below 1/n; the others come from an
  // independent implementation of the exact law.
  @Test(
    "probabilities of a distance",
    arguments: [
      (1, 0.6, 0.8), (1, 0.9, 0.2), (2, 0.3, 0.98), (2, 0.6, 0.32), (3, 0.5, 1.0 / 3),
      (10, 0.2, 0.74871904), (10, 0.4, 0.0589892452), (10, 0.7, 1.95448e-05), (50, 0.1, 0.6623112704658186),
      (100, 0.05, 0.9532159710635725), (100, 0.15, 0.019839242125643017),
      (100, 0.25, 5.408871776434847e-06), (1000, 0.02, 0.8108971310702142431),
      (1000, 0.05, 0.013012071309982706929), (1000, 0.07, 0.00010494206285958879),
    ])
  func probabilities(count: Int, distance: Double, expected: Double) {
    let test = KolmogorovSmirnovTest(distance: distance, count: count)
    // In the far tail the double counting is below exp(-6nD²) of the whole.
    let doubled = Double.exp(-6 * Double(count) * distance * distance)
    let tolerance =
      Double(count) * distance * distance >= 4 ? (1e-12 + doubled) * expected : 1e-12
    #expect(abs(test.pValue - expected) <= tolerance, "\(test.pValue)")
  }

  @Test(
    "large samples",
    arguments: [
      (10_000, 0.03, 2.9761211950626197e-08, 1e-18), (20_000, 0.006, 0.4657689508612477, 1e-5),
      (100_000, 0.003, 0.3284563327726956, 1e-5), (100_000, 0.005, 0.013430824977799608, 1e-5),
    ])
  func large(count: Int, distance: Double, expected: Double, tolerance: Double) {
    let test = KolmogorovSmirnovTest(distance: distance, count: count)
    #expect(abs(test.pValue - expected) <= tolerance, "\(test.pValue)")
  }

  @Test("the distance is the largest deviation, before and after each observation")
  func distance() {
    let test = KolmogorovSmirnovTest([0.9, 0.1, 0.35]) { $0 }
    // The sample's function is 1/3, 2/3, 1 from 0.1, 0.35 and 0.9: just after 0.35 it is 2/3.
    #expect(abs(test.distance - (2.0 / 3 - 0.35)) <= 1e-15)
    #expect(test.count == 3)
    // Seven equal observations at the left end deviate by 1.
    #expect(KolmogorovSmirnovTest([Double](repeating: 0, count: 7)) { $0 }.distance == 1)
    #expect(KolmogorovSmirnovTest(distance: 1, count: 7).pValue == 0)
    #expect(KolmogorovSmirnovTest(distance: 0.05, count: 10).pValue == 1)
  }

  @Test("the probability is uniform for samples from the distribution, and small for others")
  func uniform() {
    var low = 0
    for index in 0..<400 {
      var stream = RandomStream(seed: 11).stream(index)
      let sample = (0..<50).map { _ -> Double in stream.uniform() }
      if KolmogorovSmirnovTest(sample, distribution: { $0 }).pValue < 0.1 { low += 1 }
    }
    // Binomial(400, 0.1): 40 ± 4·6.
    #expect((16...64).contains(low), "\(low) of 400 probabilities are below 0.1, with seed 11")
    var stream = RandomStream(seed: 12)
    let wrong = (0..<500).map { _ -> Double in stream.uniform() }
    #expect(KolmogorovSmirnovTest(wrong) { $0 * $0 }.pValue < 1e-10)
  }

  @Test("the probability falls with the distance, also where the method changes")
  func monotone() {
    for count in [1, 2, 7, 60, 400] {
      var before = 1.0
      for distance in stride(from: 0.005, through: 0.995, by: 0.005) {
        let value = KolmogorovSmirnovTest(distance: distance, count: count).pValue
        #expect(value <= before + 1e-12, "n = \(count), D = \(distance)")
        before = value
      }
    }
  }
}
