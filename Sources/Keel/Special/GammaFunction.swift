import RealModule

/// The logarithm of the Gamma function's relatives: its derivatives, its ratios and the beta function, for
/// positive arguments.
///
/// The ratios avoid the difference of large logarithms: `ln Γ(10⁸ + 1) - ln Γ(10⁸)` has lost eight digits,
/// ``logRatio(_:plus:)`` none.
///
/// Every function is NaN for negative arguments, and for NaN.
public enum GammaFunction {
  /// `ln Γ(x)` for `x > 0`: +∞ at 0 and at +∞.
  ///
  /// The C library's function, which is off by at most a few `ulp`, relatively also near its zeros 1 and 2.
  public static func log(_ x: Double) -> Double { x >= 0 ? Double.logGamma(x) : .nan }

  /// The digamma function `ψ(x) = d/dx ln Γ(x)` for `x > 0`: -∞ at 0 and +∞ at +∞.
  ///
  /// Within a few units of 2⁻⁵³ of itself, also near its zero 1.4616.
  ///
  /// - Complexity: O(1): the recurrence down to `1...2` and a polynomial there that has the zero as a
  ///   factor, or the asymptotic series from 10 on.
  public static func digamma(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    if x >= 10 { return Double.log(x) - logMinusDigamma(x) }
    if x < 1 { return centralDigamma(x + 1) - 1 / x }
    // ψ(x) = ψ(x - 1) + 1/(x - 1); in the end all terms but ψ(y) are positive. The smallest come first.
    var y = x
    var sum = 0.0
    while y > 2 {
      y -= 1
      sum += 1 / y
    }
    return centralDigamma(y) + sum
  }

  /// `ln x - ψ(x)` for `x > 0`, about `1/2x` for large x, where it keeps its relative accuracy.
  public static func logMinusDigamma(_ x: Double) -> Double {
    guard x >= 10 else { return x == 0 ? .infinity : Double.log(x) - digamma(x) }
    // 1/2x + Σ B₂ₖ/(2k x²ᵏ); the next term is below 2e-19 at 10.
    let w = 1 / x / x
    let tail = 691.0 / 32760 - w * (1.0 / 12 - w * (3617.0 / 8160 - w * (43867.0 / 14364)))
    let series = 1.0 / 12 - w * (1.0 / 120 - w * (1.0 / 252 - w * (1.0 / 240 - w * (1.0 / 132 - w * tail))))
    return 0.5 / x + w * series
  }

  /// The trigamma function `ψ'(x)` for `x > 0`: +∞ at 0 and 0 at +∞.
  ///
  /// Within a few units of 2⁻⁵³ of itself: sums of positive terms.
  ///
  /// - Complexity: O(1): at most ten steps of the recurrence, and the asymptotic series.
  public static func trigamma(_ x: Double) -> Double {
    guard x >= 0 else { return .nan }
    var y = x
    var sum = 0.0
    while y < 10 {
      sum += 1 / (y * y)
      y += 1
    }
    // 1/y + 1/2y² + Σ B₂ₖ/y²ᵏ⁺¹; the next term is below 5e-18 at 10.
    let v = 1 / y
    let w = v * v
    let tail = 5.0 / 66 - w * (691.0 / 2730 - w * (7.0 / 6 - w * (3617.0 / 510 - w * (43867.0 / 798))))
    let series = 1.0 / 6 - w * (1.0 / 30 - w * (1.0 / 42 - w * (1.0 / 30 - w * tail)))
    return sum + (v + w * (0.5 + v * series))
  }

  /// `ln(Γ(x + d)/Γ(x))` for positive `x` and `x + d`, accurate where the logarithms of both are large.
  ///
  /// The error is a few units of 2⁻⁵³ of `|d| (1 + |ln(x + d)|)`. That is relative to the value except near
  /// ratios of 1 with x of order 1. `logRatio(1, plus: d)` is `ln Γ(1 + d)`, accurate for tiny d.
  ///
  /// - Parameters:
  ///   - x: positive.
  ///   - d: with `x + d` positive. An infinite ratio or its inverse gives ±∞.
  /// - Complexity: O(1): at most sixteen steps of the recurrence, and Stirling's series.
  public static func logRatio(_ x: Double, plus d: Double) -> Double {
    guard x > 0, x + d > 0 else {
      if x == 0, d > 0 { return -.infinity }
      return x > 0 && x + d == 0 ? .infinity : .nan
    }
    // Both arguments are raised until Stirling's series serves: Γ(x + d)/Γ(x) = Π (x + i)/(x + d + i) · ….
    var x = x
    var sum = 0.0
    while min(x, x + d) < 16 {
      sum += Double.log(onePlus: d / x)
      x += 1
    }
    let y = x + d
    guard y.isFinite, x.isFinite else { return y.isFinite ? -.infinity : (x.isFinite ? .infinity : .nan) }
    let powers = (x - 0.5) * Double.log(onePlus: d / x) + d * (Double.log(y) - 1)
    return powers + stirlingDifference(x, y, d) - sum
  }

  /// The difference of the series `1/12z - 1/360z³ + …` at `y = x + d` and x, relative to d: for x and y from
  /// 16 on.
  private static func stirlingDifference(_ x: Double, _ y: Double, _ d: Double) -> Double {
    let (v, w) = (1 / x, 1 / y)
    var difference = -(d * v * w)  // wᵐ - vᵐ
    let step = difference * (v + w)
    var power = v
    var sum = 0.0
    for c in [1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360_360, 1.0 / 156] {
      sum += c * difference
      difference = w * w * difference + power * step
      power *= v * v
    }
    return sum
  }

  /// `ln B(a, b) = ln Γ(a) + ln Γ(b) - ln Γ(a + b)` for positive a and b, without cancelling logarithms.
  ///
  /// The error is a few units of 2⁻⁵³ of `1 + |ln B(a, b)|`.
  ///
  /// - Complexity: O(1).
  public static func logBeta(_ a: Double, _ b: Double) -> Double {
    guard !a.isNaN, !b.isNaN else { return .nan }
    let (small, large) = a <= b ? (a, b) : (b, a)
    guard small > 0 else { return small == 0 ? .infinity : .nan }
    guard large.isFinite else { return -.infinity }
    guard small >= 10 else { return log(small) - logRatio(large, plus: small) }
    // √(2π n/ab) (a/n)ᵃ (b/n)ᵇ exp(δ(a) + δ(b) - δ(n)), n = a + b.
    let n = small + large
    let powers = small * Double.log(small / n) + large * Double.log(onePlus: -small / n)
    let correction = stirlingError(small) + stirlingError(large) - stirlingError(n)
    return powers + 0.5 * Double.log(2 * Double.pi / small * (n / large)) + correction
  }

  /// `ln B(α) = Σ ln Γ(αₖ) - ln Γ(Σ αₖ)`, the logarithm of a Dirichlet law's normaliser, for positive αₖ.
  ///
  /// It is the sum of the beta functions of each argument and the sum of those before it, so that large
  /// logarithms don't cancel. It is 0 for one argument, and -∞ for none, since 1/Γ(0) = 0.
  ///
  /// - Complexity: O(K).
  public static func logBeta(_ shapes: some Sequence<Double>) -> Double {
    var sum: Double?
    var value = 0.0
    for shape in shapes {
      if let sum { value += logBeta(sum, shape) }
      sum = (sum ?? 0) + shape
    }
    return sum == nil ? -.infinity : value
  }

  /// ψ on `1...2`. Its zero is a factor, in two parts so that the distance from it is not rounded away.
  private static func centralDigamma(_ x: Double) -> Double {
    ((x - 0x1.762d86356be3fp+0) - 9.5499954299656977152e-17) * polynomial(digammaOverDistance, x - 1.5)
  }
}

/// `ψ(x)/(x - x₀)` in powers of `x - 3/2`, interpolated at Chebyshev nodes of `1...2`, off by 5e-18.
private let digammaOverDistance = [
  0.951055876031833, -0.4236274212814606, 0.2405424842407739, -0.14840492305388006,
  0.09498872445498366, -0.06192213327556183, 0.04076083381023946, -0.02697579665686472,
  0.017907252496345213, -0.011908220169786002, 0.007926943794456376, -0.0052799364178857415,
  0.0035190141649363805, -0.0023455016279107115, 0.0015565879761797945, -0.0010364227247828023,
  0.0007234757252061551, -0.00048606417050412354, 0.00022695205071257896, -0.00014460384609240088,
  0.0002599100450715037, -0.00017837342400462423,
]
