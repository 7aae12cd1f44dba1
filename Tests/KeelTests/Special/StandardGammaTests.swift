import Foundation
import Keel
import Testing

@Suite("The Gamma law")
struct StandardGammaTests {
  @Test("both tails and their logarithms", arguments: StandardGammaTables.tails)
  func tails(shape: Double, x: Double, lower: Double, upper: Double, logLower: Double, logUpper: Double) {
    // The exponent's rounding grows with the logarithm of the tail; sums of √a terms round as many times, to
    // either side; and x is 2⁻⁵³ times its condition number away from itself.
    let units = 40 + 2 * shape.squareRoot().squareRoot()
    for (value, expected, logarithm) in [
      (StandardGamma.cumulative(x, shape: shape), lower, logLower),
      (StandardGamma.survival(x, shape: shape), upper, logUpper),
    ] {
      let error = unitsApart(value, expected)
      #expect(error <= units + 8 * abs(logarithm), "\(value), not \(expected): \(error) units")
    }
    for (value, expected) in [
      (StandardGamma.logCumulative(x, shape: shape), logLower),
      (StandardGamma.logSurvival(x, shape: shape), logUpper),
    ] {
      // A logarithm near 0 is as accurate, relatively, as the other tail.
      let scale = expected > -0.5 ? 0 : 1.0
      let slack = expected > -0.5 ? 8 * abs(min(logLower, logUpper)) : 0
      let error = unitsApart(value, expected, scale: scale)
      #expect(error <= units + slack, "\(value), not \(expected): \(error) units")
    }
  }

  @Test("how a sample moves with the shape", arguments: StandardGammaTables.sampleDerivative)
  func sampleDerivative(shape: Double, g: Double, value: Double) {
    let result = StandardGamma.sampleDerivative(g, shape: shape)
    // The documented 1e-13, far below the 1e-11 that gradients need.
    #expect(abs(result - value) <= 1e-13 * value, "\(result), off by \((result - value) / value)")
    let logarithmic = StandardGamma.logSampleDerivative(logSample: Foundation.log(g), shape: shape) * g
    // ln g has an absolute error of 2⁻⁵³ |ln g|, and g the same as a relative one: d(dg/da)/d ln g is about g
    // for small shapes, less than √a for large ones.
    let slack: Double = 1e-13 * value + 0x1p-52 * (2 + abs(Foundation.log(g))) * max(g, 1) * (1 + 1 / shape)
    #expect(abs(logarithmic - value) <= slack, "\(logarithmic), off by \((logarithmic - value) / value)")
  }

  @Test(
    "the same for logarithms of samples, where the samples underflow",
    arguments: StandardGammaTables.logSampleDerivative)
  func logSampleDerivative(shape: Double, logSample: Double, value: Double) {
    let result = StandardGamma.logSampleDerivative(logSample: logSample, shape: shape)
    #expect(abs(result - value) <= 1e-13 * value, "\(result), off by \((result - value) / value)")
  }

  @Test("the derivative is that of the quantile: finite differences of P")
  func finiteDifferences() {
    for shape in [0.3, 0.999, 1.0, 4.2, 15.999, 16, 37, 250] {
      for z in [-2.0, -0.5, 0, 0.4, 1, 2.5] {
        let g = shape * max(0.05, 1 + z / (2 * shape.squareRoot()))
        let h = 1e-3 * shape
        let f = { (a: Double) in StandardGamma.cumulative(g, shape: a) }
        let inner = f(shape + h) - f(shape - h)
        let outer = f(shape + 2 * h) - f(shape - 2 * h)
        let slope: Double = (8 * inner - outer) / (12 * h)
        let density = Foundation.exp(StandardGamma.logDensity(g, shape: shape))
        let expected = -slope / density
        let result = StandardGamma.sampleDerivative(g, shape: shape)
        // The step is 1e-3 √a in deviations, so that the formula is off by some 1e-12 a²/30, and P by 1e-15.
        let bound: Double = 1e-11 * (1 + shape * shape / 30) + 4e-15 / (h * density)
        #expect(abs(result - expected) <= bound, "\(shape), \(g): \(result), \(expected)")
      }
    }
  }

  @Test("the pieces meet: where the method changes with the shape and the sample")
  func pieces() {
    for (a, g) in [
      (1.0, 1.0), (0.5, 1), (5, 5), (15, 15), (16, 15.49), (16, 15.5), (100, 99.5), (1000, 1001),
    ] {
      for (da, dg) in [(-1e-9, 0.0), (1e-9, 0), (0, -1e-9), (0, 1e-9), (-1e-9, -1e-9), (1e-9, 1e-9)] {
        let value = StandardGamma.sampleDerivative(g, shape: a)
        let next = StandardGamma.sampleDerivative(g * (1 + dg), shape: a * (1 + da))
        #expect(abs(value - next) <= 5e-9 * value * (1 + 1 / a), "\(a), \(g)")
      }
    }
  }

  @Test("the exponential law and the recurrence in the shape")
  func identities() {
    for x in [1e-10, 0.3, 0.999, 1, 2.5, 40, 700] {
      #expect(unitsApart(StandardGamma.logSurvival(x, shape: 1), -x) <= 60)
      #expect(unitsApart(StandardGamma.cumulative(x, shape: 1), -expm1(-x)) <= 60)
      for a in [0.2, 1, 5.5, 30] {
        // Q(a + 1, x) = Q(a, x) + xᵃe⁻ˣ/Γ(a + 1), a sum of positive terms.
        let term = Foundation.exp(StandardGamma.logDensity(x, shape: a + 1))
        let sum = StandardGamma.survival(x, shape: a) + term
        #expect(unitsApart(StandardGamma.survival(x, shape: a + 1), sum) <= 100 + 8 * x, "\(a), \(x)")
      }
    }
  }

  @Test("ends, and arguments out of range")
  func limits() {
    let inf = Double.infinity
    #expect(StandardGamma.cumulative(0, shape: 2) == 0 && StandardGamma.survival(0, shape: 2) == 1)
    #expect(StandardGamma.cumulative(inf, shape: 2) == 1 && StandardGamma.survival(inf, shape: 2) == 0)
    #expect(
      StandardGamma.logCumulative(0, shape: 2) == -inf && StandardGamma.logCumulative(inf, shape: 2) == 0)
    #expect(StandardGamma.logSurvival(0, shape: 2) == 0 && StandardGamma.logSurvival(inf, shape: 2) == -inf)
    #expect(StandardGamma.logDensity(0, shape: 1) == 0 && StandardGamma.logDensity(0, shape: 0.5) == inf)
    #expect(StandardGamma.logDensity(0, shape: 2) == -inf && StandardGamma.logDensity(inf, shape: 2) == -inf)
    #expect(StandardGamma.sampleDerivative(0, shape: 2) == 0)
    #expect(StandardGamma.sampleDerivative(inf, shape: 2) == inf)
    #expect(StandardGamma.logSampleDerivative(logSample: -inf, shape: 2) == inf)
    #expect(StandardGamma.logSampleDerivative(logSample: 1e9, shape: 2) == 0)
    for (x, a) in [(1, 0), (1, -1), (1, inf), (1, Double.nan), (-1, 2), (.nan, 2)] {
      #expect(StandardGamma.cumulative(x, shape: a).isNaN && StandardGamma.survival(x, shape: a).isNaN)
      #expect(StandardGamma.logCumulative(x, shape: a).isNaN && StandardGamma.logSurvival(x, shape: a).isNaN)
      #expect(
        StandardGamma.logDensity(x, shape: a).isNaN && StandardGamma.sampleDerivative(x, shape: a).isNaN)
    }
  }
}
