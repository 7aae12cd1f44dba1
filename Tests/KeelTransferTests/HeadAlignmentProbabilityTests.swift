import Keel
import KeelTransfer
import Testing

@Suite("The probability of an aligned head")
struct HeadAlignmentProbabilityTests {
  @Test(
    "known values",
    arguments: [
      (1.0, 1.0, 0.1, 0.04851560684295), (1.3462912017836, 1, 0.25, 0.03310726490053),
      (2, 0.1, 15.9, 0.11384629800666), (0.5, 1, 0.01, 0.05654687373092),
    ])
  func knownValues(s: Double, sigma: Double, tau: Double, expected: Double) {
    #expect(agree(probability(tau, s, sigma), expected, 1e-13))
  }

  // Computed with 60 decimal digits from the written form: both tails, tiny τ, and both sides of each
  // change of method.
  @Test(
    "relative accuracy",
    arguments: [
      (1.0, 1.0, 0.1, 0.048515606842948504867), (1, 1, 1e-10, 4.8394144903828671723e-11),
      (3, 0.5, 1e-8, 9.0013079256641268436e-18), (10, 2, 300, 4.5744381717413950966e-7),
      (10, 1, 1, 1.5389262676821169634e-25), (0.1, 3, 1e-3, 0.088030100154264575635),
      (2, 1, 16, 0.99532226501895273416), (1, 1, 2.5, 0.93863117086059782698),
      (5, 1, 7, 1.6710328919687054022e-7), (1, 0.25, 0.3, 0.00081287502362095949726),
      (1e-100, 1, 1e-300, 7.9788456080286534993e-51),
    ])
  func relativeAccuracy(s: Double, sigma: Double, tau: Double, expected: Double) {
    // The exponent s²/2σ² carries its rounding into the result; the rest is a few operations.
    let tolerance = 4 * Double.ulpOfOne * (4 + (s / sigma) * (s / sigma))
    #expect(agree(probability(tau, s, sigma), expected, tolerance * expected))
  }

  @Test("it is a distribution function of τ, continuous where the method changes")
  func monotone() {
    for ratio in [0.1, 0.5, 1, 1.5, 3, 6, 20] {
      var before = 0.0
      for exponent in stride(from: -12.0, through: 6, by: 0.01) {
        let value = probability(Double.exp10(exponent), ratio, 1)
        #expect(value >= before * (1 - 1e-13) && value <= 1, "s/σ = \(ratio), τ = 1e\(exponent)")
        before = value
      }
      #expect(agree(before, 1, 1e-13))
    }
  }

  @Test("edges")
  func edges() {
    #expect(probability(0, 1, 1) == 0)
    #expect(probability(-1, 1, 1) == 0)
    #expect(probability(-1, 0, 0) == 0)
    #expect(probability(.infinity, 1, 1) == 1)
    #expect(probability(.nan, 1, 1).isNaN)
    #expect(probability(0, 0, 1) == 1)
    #expect(probability(15, 2, 0) == 0)
    #expect(probability(16, 2, 0) == 1)
    // s⁴ overflows; heads of that size are not aligned by chance.
    #expect(probability(1, 1e100, 1e90) == 0)
    #expect(probability(1e300, 1e-100, 1e-100) == 1)
  }

  private func probability(_ tau: Double, _ s: Double, _ sigma: Double) -> Double {
    headAlignmentProbability(squaredErrorAtMost: tau, weightNorm: s, standardDeviation: sigma)
  }
}
