import Foundation
import Keel
import Testing

/// Tolerances are in units of 2⁻⁵³. A value passes through some six to ten roundings that count: the
/// variable of the polynomial, its last steps, a quotient, the exponential (one each for itself and the part
/// of the square that was split off), the product. In units of 2⁻⁵³ that is at most their number, and the
/// functions of the C library are within two units of their values.
@Suite("The standard normal law")
struct StandardNormalTests {
  @Test("the distribution function in both tails", arguments: StandardNormalTables.cumulative)
  func cumulative(x: Double, value: Double) {
    let result = StandardNormal.cumulative(x)
    #expect(unitsApart(result, value) <= 10, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("its logarithm, to -1e154", arguments: StandardNormalTables.logCumulative)
  func logCumulative(x: Double, value: Double) {
    let result = StandardNormal.logCumulative(x)
    #expect(unitsApart(result, value) <= 10, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("the inverse Mills ratio", arguments: StandardNormalTables.inverseMillsRatio)
  func inverseMillsRatio(x: Double, value: Double) {
    let result = StandardNormal.inverseMillsRatio(x)
    #expect(unitsApart(result, value) <= 12, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("erfcx", arguments: StandardNormalTables.scaledComplementaryErrorFunction)
  func scaledComplementaryErrorFunction(x: Double, value: Double) {
    let result = Keel.scaledComplementaryErrorFunction(x)
    #expect(unitsApart(result, value) <= 10, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("the probability of an interval", arguments: StandardNormalTables.probability)
  func probability(from: Double, to: Double, value: Double) {
    // The rounding of b - a and of (b² - a²)/2 ≤ 40, and the sum of ten nodes, come in addition.
    let result = StandardNormal.probability(from: from, to: to)
    #expect(unitsApart(result, value) <= 20, "\(from)...\(to): \(result), \(unitsApart(result, value)) units")
    let mirrored = StandardNormal.probability(from: -to, to: -from)
    #expect(result == mirrored)
    #expect(StandardNormal.probability(from: to, to: from) == -result)
  }

  @Test("its logarithm", arguments: StandardNormalTables.logProbability)
  func logProbability(from: Double, to: Double, value: Double) {
    // An error of the probability is one of the logarithm, relative to 1 unless the logarithm is larger.
    let result = StandardNormal.logProbability(from: from, to: to)
    let scale = value > -0.6 ? 0 : 1.0
    let error = unitsApart(result, value, scale: scale)
    #expect(error <= 20, "\(from)...\(to): \(result), \(error) units")
  }

  @Test("the quantile", arguments: StandardNormalTables.quantile)
  func quantile(p: Double, value: Double) {
    let result = StandardNormal.quantile(p)
    #expect(unitsApart(result, value) <= 12, "\(p): \(result), \(unitsApart(result, value)) units")
    let logarithm = StandardNormal.quantile(logProbability: Foundation.log(p))
    // ln p has an absolute error of 2⁻⁵³ |ln p|, and dx/d ln p = Φ/φ.
    let slack =
      0x1p-53 * (4 * abs(Foundation.log(p)) / StandardNormal.inverseMillsRatio(value) + 12 * abs(value) + 1)
    #expect(abs(logarithm - value) <= slack, "\(p): \(logarithm)")
  }

  @Test("infinities, NaN, and ends")
  func limits() {
    let inf = Double.infinity
    #expect(StandardNormal.cumulative(-inf) == 0 && StandardNormal.cumulative(inf) == 1)
    #expect(StandardNormal.logCumulative(-inf) == -inf && StandardNormal.logCumulative(inf) == 0)
    #expect(StandardNormal.inverseMillsRatio(-inf) == inf && StandardNormal.inverseMillsRatio(inf) == 0)
    #expect(StandardNormal.density(inf) == 0 && StandardNormal.logDensity(-inf) == -inf)
    #expect(
      Keel.scaledComplementaryErrorFunction(inf) == 0 && Keel.scaledComplementaryErrorFunction(-inf) == inf)
    #expect(StandardNormal.probability(from: -inf, to: inf) == 1)
    #expect(StandardNormal.probability(from: inf, to: inf) == 0)
    #expect(StandardNormal.probability(from: -inf, to: -inf) == 0)
    #expect(StandardNormal.probability(from: 2, to: inf) == StandardNormal.cumulative(-2))
    #expect(StandardNormal.probability(from: -inf, to: -2) == StandardNormal.cumulative(-2))
    #expect(StandardNormal.logProbability(from: -inf, to: inf) == 0)
    #expect(StandardNormal.logProbability(from: 3, to: 3) == -inf)
    #expect(StandardNormal.logProbability(from: inf, to: inf) == -inf)
    #expect(StandardNormal.logProbability(from: 4, to: 3).isNaN)
    let far = StandardNormal.logProbability(from: 1e10, to: inf)
    #expect(unitsApart(far, StandardNormal.logCumulative(-1e10)) <= 2)
    #expect(StandardNormal.quantile(0) == -inf && StandardNormal.quantile(1) == inf)
    #expect(StandardNormal.quantile(-0.1).isNaN && StandardNormal.quantile(1.1).isNaN)
    #expect(StandardNormal.quantile(logProbability: 0) == inf)
    #expect(StandardNormal.quantile(logProbability: -inf) == -inf)
    #expect(StandardNormal.quantile(logProbability: 1).isNaN)
    let nan = Double.nan
    #expect(StandardNormal.cumulative(nan).isNaN && StandardNormal.logCumulative(nan).isNaN)
    #expect(StandardNormal.inverseMillsRatio(nan).isNaN && StandardNormal.quantile(nan).isNaN)
    #expect(StandardNormal.density(nan).isNaN && Keel.scaledComplementaryErrorFunction(nan).isNaN)
    #expect(StandardNormal.probability(from: nan, to: 1).isNaN)
    #expect(StandardNormal.probability(from: 1, to: nan).isNaN)
    #expect(StandardNormal.logProbability(from: nan, to: 1).isNaN)
  }

  @Test("the quantile inverts ln Φ far beyond the smallest number")
  func farQuantile() {
    for exponent in stride(from: 0.5, through: 300, by: 0.5) {
      let p = -pow(10, exponent)
      let x = StandardNormal.quantile(logProbability: p)
      // d ln Φ = r dx with r ≈ |x| and |x|² ≈ 2|ln p|: twice the relative error of x.
      #expect(unitsApart(StandardNormal.logCumulative(x), p) <= 40, "ln p = \(p): x = \(x)")
    }
  }

  @Test("neighbouring pieces meet: monotone to rounding, and symmetric")
  func pieces() {
    var last = (-Double.infinity, Double.infinity)
    for i in -4000...4000 {
      let x = Double(i) / 400
      let value = (StandardNormal.logCumulative(x), StandardNormal.inverseMillsRatio(x))
      #expect(value.0 > last.0 && value.1 < last.1, "\(x)")
      last = value
      let sum = StandardNormal.cumulative(x) + StandardNormal.cumulative(-x)
      #expect(abs(sum - 1) <= 0x1p-52)
    }
    for center in [-5.0, 0, 5, -1e9] {
      let (below, above) = (center.nextDown, center.nextUp)
      // The function itself changes by |x| or less, relatively, for a step of 1.
      let change = 2 * center.ulp * (abs(center) + 1) / 0x1p-53
      let values = (StandardNormal.logCumulative(below), StandardNormal.logCumulative(above))
      #expect(unitsApart(values.0, values.1) <= 20 + change, "\(center)")
    }
  }

  @Test("the inverse Mills ratio is the slope of ln Φ")
  func slope() {
    for i in -60...60 {
      let x = Double(i) / 8
      let h = 1e-3
      let f = { (x: Double) in StandardNormal.logCumulative(x) }
      // Central difference of order h⁴: its error is h⁴ f⁽⁵⁾/30 < 4e-14, and roundings 2⁻⁵¹ |f|/h.
      let (inner, outer) = (f(x + h) - f(x - h), f(x + 2 * h) - f(x - 2 * h))
      let slope: Double = (8 * inner - outer) / (12 * h)
      let bound = 1e-13 + 0x1p-51 * abs(f(x)) / h
      #expect(abs(slope - StandardNormal.inverseMillsRatio(x)) <= bound, "\(x)")
    }
  }
}
