import Foundation
import Keel
import Testing

@Suite("The incomplete beta function")
struct IncompleteBetaTests {
  // Computed with 60 decimal digits from series of positive terms.
  @Test(
    "both tails have relative accuracy",
    arguments: [
      (0.5, 0.5, 0.5, 0.5, 0.5), (0.3, 2, 5, 0.57982499999999997601, 0.42017500000000002399),
      (0.25, 1, 1, 0.25, 0.75), (0.01, 20, 60, 1.5081565475206813337e-22, 1),
      (0.9, 20, 60, 1, 1.2366156709318476344e-43),
      (0.25, 80, 120, 1.7666461197620270526e-6, 0.99999823335388023797),
      (0.4, 80, 120, 0.50384170152424795132, 0.49615829847575204868),
      (1e-12, 0.5, 3, 1.8749999999987499811e-6, 0.99999812500000000125),
      (0.999999, 0.5, 3, 0.99999999999999999969, 3.1250011721452876151e-19),
      (0.1, 0.5, 12.5, 0.89193762727583686538, 0.10806237272416313462),
      (0.001, 5, 0.5, 2.4619635502857137551e-16, 0.9999999999999997538),
      (0.999, 5, 0.5, 0.9222819921009667613, 0.077718007899033238703), (0.5, 200, 200, 0.5, 0.5),
      (0.45, 2000, 2000, 1.1484008533631021526e-10, 0.99999999988515991466),
      (0.55, 2000, 2500, 1, 5.596487617049250248e-46), (0.2, 0.5, 399.5, 1, 1.2087129768523142302e-40),
      (0.02, 1, 49, 0.62839828562539075751, 0.37160171437460924249),
      (0.7, 0.03, 0.02, 0.40974424978372894335, 0.59025575021627105665),
      (0.9, 1, 0.001, 0.0022999361774466830749, 0.99770006382255331693),
      (0.3, 0.001, 0.001, 0.4995769621396764663, 0.5004230378603235337),
      (0.5, 1e4, 1e4, 0.5, 0.5), (0.48, 1e4, 1e4, 7.6107391134265217776e-9, 0.99999999238926088657),
      (0.52, 1e4, 1e4, 0.99999999238926088657, 7.6107391134265217776e-9),
      (0.001, 10, 10000, 0.54325886476552357442, 0.45674113523447642558),
      (0.0005, 10, 10000, 0.031955189312687358557, 0.96804481068731264144),
      (0.3, 80.5, 0.5, 6.0594076195033361542e-44, 1),
      (0.99, 80.5, 0.5, 0.204057854895774085, 0.795942145104225915),
      (1e-300, 0.5, 0.5, 6.3661977236758135105e-151, 1),
      (0.01, 0.05, 300, 0.99929333576161715275, 0.00070666423838284724739),
      (0.999, 0.25, 0.25, 0.9040736436631733294, 0.095926356336826670602),
    ])
  func values(x: Double, a: Double, b: Double, lower: Double, upper: Double) {
    let law = regularizedIncompleteBeta(at: x, a: a, b: b)
    // The documented accuracy: the exponent's rounding grows with the logarithm of the tail.
    #expect(abs(law.lower - lower) <= .ulpOfOne * (20 - Double.log(lower)) * lower, "\(law.lower)")
    #expect(abs(law.upper - upper) <= .ulpOfOne * (20 - Double.log(upper)) * upper, "\(law.upper)")
  }

  @Test("tiny shapes near the end of the interval, and huge ones, take no more than a moment")
  func extremes() {
    // I_x(1, b) = 1 - (1 - x)ᵇ, and its mirror image.
    for b in [1e-12, 1e-3, 0.5] {
      for end in [0x1p-21, 0x1p-30, 0x1p-50] {
        let exact = (lower: -expm1(b * log(end)), upper: pow(end, b))
        let law = regularizedIncompleteBeta(at: 1 - end, a: 1, b: b)
        #expect(abs(law.lower - exact.lower) <= 40 * .ulpOfOne, "\(b), \(end)")
        #expect(abs(law.upper - exact.upper) <= 40 * .ulpOfOne * exact.upper, "\(b), \(end)")
        let mirrored = regularizedIncompleteBeta(at: end, a: b, b: 1)
        #expect(abs(mirrored.lower - law.upper) <= 40 * .ulpOfOne * exact.upper, "\(b), \(end)")
        #expect(abs(mirrored.upper - law.lower) <= 40 * .ulpOfOne, "\(b), \(end)")
      }
    }
    // All mass is at 0, as far as numbers show; the fraction of the smaller tail would need 1e53 steps.
    let tiny = regularizedIncompleteBeta(at: 2.9e-104, a: 6.5e-219, b: 1.1e-3)
    #expect(abs(tiny.lower - 1) <= 1e-15 && (0...1e-15).contains(tiny.upper))
    // The median of a symmetric law; its fraction would need 1e99 steps.
    let huge = regularizedIncompleteBeta(at: 0.5, a: 1e200, b: 1e200)
    #expect((0...1).contains(huge.lower) && (0...1).contains(huge.upper))
  }

  @Test("it solves the recurrence in its first shape", arguments: [0.5, 1, 3.25, 40, 700])
  func recurrence(a: Double) {
    for b in [0.5, 2, 17.5, 300] {
      for x in stride(from: 0.01, to: 1, by: 0.07) {
        // I_x(a, b) - I_x(a + 1, b) = xᵃ yᵇ Γ(a + b)/(Γ(a + 1) Γ(b)).
        let logFactor =
          a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a + 1) - lgamma(b)
        let difference =
          regularizedIncompleteBeta(at: x, a: a, b: b).lower
          - regularizedIncompleteBeta(at: x, a: a + 1, b: b).lower
        // The logarithms of the gamma function are of size (a + b) ln(a + b) and cancel.
        let tolerance = 4 * Double.ulpOfOne * (1 + (a + b) * log(a + b + 1))
        #expect(abs(difference - exp(logFactor)) <= tolerance, "a = \(a), b = \(b), x = \(x)")
      }
    }
  }

  @Test(
    "it increases in x and its tails add up to one", arguments: [(0.5, 0.5), (0.5, 30), (3, 3), (250, 40)])
  func distribution(a: Double, b: Double) {
    var before = 0.0
    for x in stride(from: 0.0, through: 1, by: 0.001) {
      let law = regularizedIncompleteBeta(at: x, a: a, b: b)
      #expect(law.lower >= before * (1 - 1e-13), "x = \(x)")
      #expect(abs(law.lower + law.upper - 1) <= 1e-14, "x = \(x)")
      before = law.lower
    }
  }

  @Test("edges")
  func edges() {
    #expect(regularizedIncompleteBeta(at: 0, a: 2, b: 3) == (0, 1))
    #expect(regularizedIncompleteBeta(at: 1, a: 2, b: 3) == (1, 0))
    #expect(regularizedIncompleteBeta(at: .nan, a: 2, b: 3).lower.isNaN)
    #expect(regularizedIncompleteBeta(at: 1e-300, a: 5, b: 3) == (0, 1))
    #expect(regularizedIncompleteBeta(at: .leastNonzeroMagnitude, a: 1, b: 1).lower == .leastNonzeroMagnitude)
  }
}
