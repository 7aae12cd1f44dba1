import RealModule

/// Functions of the Gamma law with scale 1: its two tails, which are the regularised incomplete Gamma
/// functions, their logarithms, and how a sample moves with the shape.
///
///     P(a, x) = 1/Γ(a) ∫₀ˣ tᵃ⁻¹ e⁻ᵗ dt,    Q(a, x) = 1 - P(a, x)
///
/// ```swift
/// print(StandardGamma.cumulative(3, shape: 2))           // 0.8008517265285442
/// print(StandardGamma.logSurvival(2000, shape: 2))       // -1992.3985977907
/// ```
///
/// Each tail is computed by itself where it is small, so that both have full relative accuracy: an error of
/// about `ulp · (20 + 4 |ln tail|)`.
///
/// - For `x < max(a, 1)` the power series gives P, and its complement Q; for `a < 1` that is rearranged so
///   that nothing cancels when Q is small. Otherwise Legendre's continued fraction gives Q.
/// - Everything is O(√a) steps near the mean a, and a few dozen elsewhere.
/// - Shapes that are not positive and finite, negative x and NaN give NaN.
///
/// Source: DiDonato and Morris (1986), *Computation of the incomplete gamma function ratios and their
/// inverse*; for the factor `xᵃe⁻ˣ/Γ(a + 1)` Loader (2000), *Fast and accurate computation of binomial
/// probabilities*.
public enum StandardGamma {
  /// `P(a, x)`: the probability of at most x.
  public static func cumulative(_ x: Double, shape a: Double) -> Double { tails(x, a).lower }

  /// `Q(a, x)`: the probability of more than x.
  public static func survival(_ x: Double, shape a: Double) -> Double { tails(x, a).upper }

  /// `ln P(a, x)`, also where P underflows, or is nearly 1.
  public static func logCumulative(_ x: Double, shape a: Double) -> Double { tails(x, a).logLower }

  /// `ln Q(a, x)`, also where Q underflows, or is nearly 1.
  public static func logSurvival(_ x: Double, shape a: Double) -> Double { tails(x, a).logUpper }

  /// `ln(xᵃ⁻¹ e⁻ˣ/Γ(a))`: the logarithm of the density, without cancelling logarithms for large shapes.
  ///
  /// At 0 it is the limit: -∞, 0 or +∞ for shapes above, at and below 1.
  public static func logDensity(_ x: Double, shape a: Double) -> Double {
    guard a > 0, a.isFinite, x >= 0 else { return .nan }
    guard x > 0 else { return a > 1 ? -.infinity : (a == 1 ? 0 : .infinity) }
    guard x.isFinite else { return -.infinity }
    return logPower(x, a) + Double.log(a) - Double.log(x)
  }

  /// The two tails and their logarithms.
  private struct Tails {
    var lower: Double
    var upper: Double
    var logLower: Double
    var logUpper: Double

    /// From the lower tail, if it is not nearly 1, and its logarithm.
    init(lower: Double, logLower: Double) {
      (self.lower, upper) = (min(lower, 1), max(1 - lower, 0))
      (self.logLower, logUpper) = (min(logLower, 0), Double.log(onePlus: -min(lower, 1)))
    }

    /// The same law seen from the other side.
    var reversed: Tails {
      var result = self
      (result.lower, result.upper, result.logLower, result.logUpper) = (upper, lower, logUpper, logLower)
      return result
    }
  }

  private static func tails(_ x: Double, _ a: Double) -> Tails {
    guard a > 0, a.isFinite, x >= 0 else { return Tails(lower: .nan, logLower: .nan) }
    guard x > 0 else { return Tails(lower: 0, logLower: -.infinity) }
    guard x.isFinite else { return Tails(lower: 0, logLower: -.infinity).reversed }
    let logFactor = logPower(x, a)
    if x >= max(a, 1) {
      let fraction = a * tailFraction(x, a)
      return Tails(lower: Double.exp(logFactor) * fraction, logLower: logFactor + Double.log(fraction))
        .reversed
    }
    let series = lowerSeries(x, a)
    var tails = Tails(lower: Double.exp(logFactor) * series, logLower: logFactor + Double.log(series))
    if a < 1, tails.lower > 0.5 {
      tails.upper = smallShapeSurvival(x, a)
      tails.logUpper = Double.log(tails.upper)
      tails.logLower = Double.log(onePlus: -tails.upper)
    }
    return tails
  }

  /// `ln(xᵃ e⁻ˣ/Γ(a + 1))` for positive, finite x and a.
  private static func logPower(_ x: Double, _ a: Double) -> Double {
    guard a >= 1 else { return a * Double.log(x) - x - GammaFunction.logRatio(1, plus: a) }
    // Stirling's formula: what is left of the powers is small where the law has its mass.
    let deviance = a * linearlyCorrectedLog((x - a) / a, x / a)
    return -deviance - stirlingError(a) - 0.5 * Double.log(2 * Double.pi * a)
  }

  /// `Σ xⁿ/((a + 1) … (a + n))`.
  private static func lowerSeries(_ x: Double, _ a: Double) -> Double {
    var (sum, term, n) = (1.0, 1.0, a)
    while term > 0x1p-56 * sum {
      n += 1
      term *= x / n
      sum += term
    }
    return sum
  }

  /// `Q(a, x) = (1 - xᵃ/Γ(a + 1)) + a xᵃ/Γ(a + 1) Σ (-1)ⁿ⁺¹ xⁿ/((a + n) n!)` for a and x below 1.
  private static func smallShapeSurvival(_ x: Double, _ a: Double) -> Double {
    let logarithm = a * Double.log(x) - GammaFunction.logRatio(1, plus: a)
    var (sum, term, n) = (0.0, -1.0, 0.0)
    while term.magnitude > 0x1p-56 * sum {
      n += 1
      term *= -x / n
      sum += term / (a + n)
    }
    return a * Double.exp(logarithm) * sum - Double.expMinusOne(logarithm)
  }

  /// `Γ(a, x) eˣ x⁻ᵃ = 1/(x + 1 - a - 1(1 - a)/(x + 3 - a - 2(2 - a)/(x + 5 - a - …)))` for `x ≥ max(a, 1)`,
  /// by the recurrences of Lentz.
  private static func tailFraction(_ x: Double, _ a: Double) -> Double {
    var b = x - a + 1
    var d = 1 / b
    var c = Double.infinity
    var value = d
    var n = 0.0
    var change = 0.0
    repeat {
      n += 1
      b += 2
      let numerator = n * (a - n)
      d = 1 / (numerator * d + b)
      c = b + numerator / c
      change = c * d
      value *= change
    } while (change - 1).magnitude > 0x1p-53 && n < 1e8
    return value
  }
}
