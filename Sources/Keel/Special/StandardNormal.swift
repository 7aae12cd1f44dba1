import RealModule

/// Functions of the standard normal law, with full relative accuracy in both tails.
///
/// With `φ(x) = exp(-x²/2)/√2π` and `Φ(x) = ∫₋∞ˣ φ`:
///
/// ```swift
/// print(StandardNormal.cumulative(-38))          // 2.8854e-316
/// print(StandardNormal.logCumulative(-1e8))      // -5.000000000000019e15
/// print(StandardNormal.inverseMillsRatio(-1e8))  // 100000000.00000001
/// ```
///
/// Every function is O(1), takes the values at ±∞ that are its limits, and returns NaN for NaN.
public enum StandardNormal {
  /// `ln √2π`.
  public static let logNormalizer = 0.9189385332046727418

  /// `φ(x)`, within a few units of 2⁻⁵³ of itself.
  public static func density(_ x: Double) -> Double { decrease(x) * (1 / (2 * Double.pi).squareRoot()) }

  /// `ln φ(x) = -x²/2 - ln √2π`.
  public static func logDensity(_ x: Double) -> Double { -0.5 * x * x - logNormalizer }

  /// `Φ(x)`, within a few units of 2⁻⁵³ of itself also where it is small. It underflows below -38.5.
  public static func cumulative(_ x: Double) -> Double {
    let tail = scaledNormalTail(x.magnitude) * decrease(x)
    return x < 0 ? tail : 1 - tail
  }

  /// `ln Φ(x)`, within a few units of 2⁻⁵³ of itself in both tails: `-x²/2 - ln(-x√2π)` nearly for very
  /// negative x, and `-Φ(-x)` for large x.
  public static func logCumulative(_ x: Double) -> Double {
    let tail = scaledNormalTail(x.magnitude)
    return x < 0 ? Double.log(tail) - 0.5 * x * x : Double.log(onePlus: -tail * decrease(x))
  }

  /// `φ(x)/Φ(x)`, the derivative of `logCumulative`, within a few units of 2⁻⁵³ of itself.
  ///
  /// It is positive and decreases: about -x for very negative x, and about φ(x) for large x. The expected
  /// value of a normal variable below x is `-φ(x)/Φ(x)`.
  public static func inverseMillsRatio(_ x: Double) -> Double {
    let tail = scaledNormalTail(x.magnitude)
    let root = 1 / (2 * Double.pi).squareRoot()
    guard x < 0 else {
      let factor = decrease(x)
      return root * factor / (1 - tail * factor)
    }
    return x > -1e9 ? root / tail : -x
  }

  /// The probability of an interval, `Φ(b) - Φ(a)`, with the relative accuracy of the tails also where both
  /// ends are in the same one, or close together.
  ///
  /// The rounding of the ends' difference is all that the conditioning adds: a few units of 2⁻⁵³ of the
  /// result, for any a and b. For `b < a` it is the negative of the interval from b to a.
  public static func probability(from a: Double, to b: Double) -> Double {
    guard a <= b else { return a > b ? -probability(from: b, to: a) : .nan }
    // The mirror image of an interval below 0 has the same probability.
    if b <= 0 { return tailProbability(from: -b, to: -a) }
    if a >= 0 { return tailProbability(from: a, to: b) }
    return 0.5 * (Double.erf(b * 0.5.squareRoot()) + Double.erf(-a * 0.5.squareRoot()))
  }

  /// `ln(Φ(b) - Φ(a))` for `a ≤ b`, also where the difference underflows, and where it is nearly 1.
  ///
  /// It is -∞ for `a = b`, and NaN for `a > b`.
  public static func logProbability(from a: Double, to b: Double) -> Double {
    guard a <= b else { return .nan }
    if b <= 0 { return logTailProbability(from: -b, to: -a) }
    if a >= 0 { return logTailProbability(from: a, to: b) }
    let outside = cumulative(a) + cumulative(-b)
    return outside < 0.5 ? Double.log(onePlus: -outside) : Double.log(probability(from: a, to: b))
  }

  /// `exp(-x²/2)`.
  static func decrease(_ x: Double) -> Double {
    guard x.magnitude < 40 else { return x.isNaN ? x : 0 }
    let square = ExactSquare(x)
    return Double.exp(-0.5 * square.high) * Double.exp(-0.5 * square.low)
  }

  private static func tailProbability(from a: Double, to b: Double) -> Double {
    a.isInfinite ? 0 : decrease(a) * scaledProbability(from: a, to: b)
  }

  private static func logTailProbability(from a: Double, to b: Double) -> Double {
    guard a < b else { return -.infinity }
    guard a > 0 || b < 3 else { return Double.log(onePlus: -(0.5 + cumulative(-b))) }
    return Double.log(scaledProbability(from: a, to: b)) - 0.5 * a * a
  }

  /// `exp(a²/2) (Φ(b) - Φ(a))` for `0 ≤ a ≤ b`, a finite.
  private static func scaledProbability(from a: Double, to b: Double) -> Double {
    let width = b - a
    let exponent = width * (0.5 * (a + b))  // (b² - a²)/2
    // The tail beyond b is at most a seventh of that beyond a, so that little is lost in the difference.
    guard exponent < 2 else {
      let rest = exponent < 800 ? scaledNormalTail(b) * Double.exp(-exponent) : 0
      return scaledNormalTail(a) - rest
    }
    // Otherwise the integral of exp(-as - s²/2) from 0 to b - a: nothing is subtracted, and ten nodes leave
    // an error far below the rounding.
    let rule = GaussLegendreRule.tenPoints
    var sum = 0.0
    for (node, weight) in zip(rule.nodes, rule.weights) {
      let s = width * (0.5 + 0.5 * node)
      sum += weight * Double.exp(-s * (a + 0.5 * s))
    }
    return sum * (0.5 * width) * (1 / (2 * Double.pi).squareRoot())
  }
}
