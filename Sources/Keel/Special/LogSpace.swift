import RealModule

/// Functions of logarithms of positive numbers: sums and complements without leaving the logarithms.
///
/// All of them are accurate to a few units of 2⁻⁵³ of their value where the arguments determine it so well.
/// NaN gives NaN.
public enum LogSpace {
  /// `ln(1 + eˣ)`, without overflow, and with relative accuracy where it is small.
  ///
  /// It is x itself for large x, eˣ for very negative x, +∞ at +∞ and 0 at -∞.
  public static func softplus(_ x: Double) -> Double {
    max(x, 0) + Double.log(onePlus: Double.exp(-x.magnitude))
  }

  /// `ln(1 - e⁻ˣ)` for `x ≥ 0`, with relative accuracy at both ends.
  ///
  /// It is about ln x for small x, and about -e⁻ˣ for large x; -∞ at 0, -0 at +∞, and NaN for negative x.
  ///
  /// Source: Mächler (2012), *Accurately computing log(1 - exp(-|a|))*.
  public static func log1mExp(_ x: Double) -> Double {
    x < 0.693 ? Double.log(-Double.expMinusOne(-x)) : Double.log(onePlus: -Double.exp(-x))
  }

  /// `ln(eᵃ + eᵇ)`, without overflow.
  public static func logAddExp(_ a: Double, _ b: Double) -> Double {
    // Equal infinities would leave ∞ - ∞ below.
    if a == b { return a + Double.log(2) }
    return max(a, b) + Double.log(onePlus: Double.exp(-(a - b).magnitude))
  }

  /// `ln(eᵃ - eᵇ)` for `a ≥ b`: -∞ for equal arguments, and NaN for `a < b`.
  public static func logSubtractExp(_ a: Double, _ b: Double) -> Double {
    if a == b { return -.infinity }
    return a + log1mExp(a - b)
  }

  /// `ln Σ exp(xᵢ)`, without overflow: -∞ for no terms, and +∞ if one of them is.
  ///
  /// - Complexity: O(n), in two passes.
  public static func logSumExp(_ terms: some Collection<Double>) -> Double {
    var largest = -Double.infinity
    for x in terms {
      if x.isNaN { return x }
      largest = max(largest, x)
    }
    guard largest.isFinite else { return largest }
    var sum = 0.0
    for x in terms { sum += Double.exp(x - largest) }
    return largest + Double.log(sum)
  }
}
