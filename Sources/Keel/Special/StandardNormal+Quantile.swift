import RealModule

extension StandardNormal {
  /// The quantile: the x with `Φ(x) = p`.
  ///
  /// Relative accuracy of a few units of 2⁻⁵³ times the condition of the problem: for p close to ½ that is
  /// the relative accuracy of `p - ½`, and for p close to 1 that of `1 - p`.
  ///
  /// - Parameter p: a probability. 0 and 1 give -∞ and +∞; numbers outside of `0...1` give NaN.
  /// - Complexity: O(1): three steps of Halley's method.
  ///
  /// Source: the start is formula 26.2.23 of Abramowitz and Stegun (1964), *Handbook of mathematical
  /// functions*.
  public static func quantile(_ p: Double) -> Double {
    guard p >= 0, p <= 1 else { return .nan }
    // 1 - p is exact here.
    guard p <= 0.75 else { return -lowerQuantile(Double.log(1 - p)) }
    guard p < 0.25 else { return centralQuantile(p - 0.5) }
    return lowerQuantile(Double.log(p))
  }

  /// The quantile for the logarithm of a probability: the x with `ln Φ(x) = logProbability`.
  ///
  /// It reaches where the probability itself underflows: -1e15 gives about -4.5e7.
  ///
  /// - Parameter logProbability: at most 0. -∞ and 0 give -∞ and +∞; positive numbers give NaN.
  /// - Complexity: O(1).
  public static func quantile(logProbability: Double) -> Double {
    guard logProbability <= 0 else { return .nan }
    if logProbability < -1.4 { return lowerQuantile(logProbability) }
    if logProbability > -0.28 { return -lowerQuantile(LogSpace.log1mExp(-logProbability)) }
    return centralQuantile(Double.exp(logProbability) - 0.5)
  }

  /// For a probability `½ + q` with `|q| ≤ ¼`, with the relative accuracy of q.
  private static func centralQuantile(_ q: Double) -> Double {
    // The power series; it is off by 1e-3 of itself at most.
    let square = 2 * Double.pi * q * q
    var x = (2 * Double.pi).squareRoot() * q * (1 + square * (1.0 / 6 + square * (7.0 / 120)))
    for _ in 0..<2 {
      let newton = (0.5 * Double.erf(x * 0.5.squareRoot()) - q) / density(x)
      x -= newton / (1 + 0.5 * x * newton)
    }
    return x
  }

  /// For `ln Φ(x) ≤ ln ½`.
  private static func lowerQuantile(_ logProbability: Double) -> Double {
    guard logProbability > -.infinity else { return -.infinity }
    let t = (-2 * logProbability).squareRoot()
    let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
    let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    // Far out the fraction grows to 7.9 while it should vanish like ln t/t: begin with the asymptote there.
    var x = t < 1e3 ? numerator / denominator - t : (Double.log(t) + logNormalizer) / t - t
    for _ in 0..<3 {
      // Halley's step for f = ln Φ - ln p: f' is the inverse Mills ratio r, and f'' = -r (x + r).
      let ratio = inverseMillsRatio(x)
      let newton = (logCumulative(x) - logProbability) / ratio
      x -= newton / (1 + 0.5 * (x + ratio) * newton)
    }
    return x
  }
}
