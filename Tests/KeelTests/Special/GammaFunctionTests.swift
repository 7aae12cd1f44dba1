import Keel
import Testing

/// Tolerances are in units of 2⁻⁵³: about one a rounding that counts, two for a function of the C library.
@Suite("The Gamma function's relatives")
struct GammaFunctionTests {
  @Test("digamma, also next to its zero", arguments: GammaFunctionTables.digamma)
  func digamma(x: Double, value: Double) {
    let result = GammaFunction.digamma(x)
    #expect(unitsApart(result, value) <= 16, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("ln x - ψ(x)", arguments: GammaFunctionTables.logMinusDigamma)
  func logMinusDigamma(x: Double, value: Double) {
    let result = GammaFunction.logMinusDigamma(x)
    // Below 10 it is the difference of two numbers of up to ψ(10) = 2.25, while it is 1/2x.
    let error = unitsApart(result, value, scale: x < 10 ? 1 : 0)
    #expect(error <= 16, "\(x): \(result), \(error) units")
  }

  @Test("trigamma", arguments: GammaFunctionTables.trigamma)
  func trigamma(x: Double, value: Double) {
    let result = GammaFunction.trigamma(x)
    #expect(unitsApart(result, value) <= 12, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("ln Γ", arguments: GammaFunctionTables.log)
  func log(x: Double, value: Double) {
    let result = GammaFunction.log(x)
    #expect(unitsApart(result, value) <= 10, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("ln Γ(x + d)/Γ(x)", arguments: GammaFunctionTables.logRatio)
  func logRatio(x: Double, d: Double, value: Double) {
    let result = GammaFunction.logRatio(x, plus: d)
    // The documented accuracy: sixteen logarithms, and one of Stirling's.
    let scale = min(1, abs(d)) * (1 + abs(Double.log(x + d)))
    let error = unitsApart(result, value, scale: scale)
    #expect(error <= 24, "\(x), \(d): \(result), \(error) units")
  }

  @Test("ln B(a, b)", arguments: GammaFunctionTables.logBeta)
  func logBeta(a: Double, b: Double, value: Double) {
    let result = GammaFunction.logBeta(a, b)
    let error = unitsApart(result, value, scale: 1)
    #expect(error <= 24, "\(a), \(b): \(result), \(error) units")
    #expect(result == GammaFunction.logBeta(b, a))
  }

  @Test("ln B of several arguments", arguments: GammaFunctionTables.logBetaOfSeveral)
  func logBetaOfSeveral(shapes: [Double], value: Double) {
    let result = GammaFunction.logBeta(shapes)
    let error = unitsApart(result, value, scale: 1)
    #expect(error <= 24 * Double(shapes.count), "\(shapes): \(result), \(error) units")
  }

  @Test("the recurrences hold, and digamma grows")
  func recurrences() {
    var last = -Double.infinity
    for i in 1...600 {
      let x = Double(i) / 16
      let next = GammaFunction.digamma(x + 1)
      #expect(unitsApart(next - 1 / x, GammaFunction.digamma(x), scale: abs(next)) <= 40, "\(x)")
      let trigamma = GammaFunction.trigamma(x + 1) + 1 / (x * x)
      #expect(unitsApart(trigamma, GammaFunction.trigamma(x)) <= 30, "\(x)")
      #expect(GammaFunction.digamma(x) > last)
      last = GammaFunction.digamma(x)
      // Γ(x + 1)/Γ(x) = x.
      let ratio = GammaFunction.logRatio(x, plus: 1)
      #expect(unitsApart(ratio, Double.log(x), scale: 1 + abs(Double.log(x + 1))) <= 24, "\(x)")
    }
  }

  @Test("zero, infinity, negative numbers and NaN")
  func limits() {
    let inf = Double.infinity
    #expect(GammaFunction.digamma(0) == -inf && GammaFunction.digamma(inf) == inf)
    #expect(GammaFunction.trigamma(0) == inf && GammaFunction.trigamma(inf) == 0)
    #expect(GammaFunction.log(0) == inf && GammaFunction.log(inf) == inf)
    #expect(GammaFunction.logMinusDigamma(0) == inf && GammaFunction.logMinusDigamma(inf) == 0)
    for x in [-1.5, -inf, .nan] {
      #expect(GammaFunction.digamma(x).isNaN && GammaFunction.trigamma(x).isNaN)
      #expect(GammaFunction.log(x).isNaN && GammaFunction.logRatio(x, plus: 1).isNaN)
      #expect(GammaFunction.logBeta(x, 1).isNaN && GammaFunction.logBeta(1, x).isNaN)
      #expect(GammaFunction.logMinusDigamma(x).isNaN)
    }
    #expect(GammaFunction.logRatio(0, plus: 1) == -inf && GammaFunction.logRatio(2, plus: -2) == inf)
    #expect(GammaFunction.logRatio(3, plus: inf) == inf && GammaFunction.logRatio(3, plus: -4).isNaN)
    #expect(GammaFunction.logBeta(0, 3) == inf && GammaFunction.logBeta(3, inf) == -inf)
    #expect(GammaFunction.logBeta([3]) == 0 && GammaFunction.logBeta([Double]()) == -inf)
  }
}
