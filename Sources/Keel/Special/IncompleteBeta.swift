import RealModule

/// The regularised incomplete beta function and its complement: the two tails of the beta distribution.
///
///     lower = I_x(a, b) = 1/B(a, b) ∫₀ˣ tᵃ⁻¹ (1 - t)ᵇ⁻¹ dt,    upper = 1 - I_x(a, b) = I_{1-x}(b, a)
///
/// `lower` is the probability that a beta variable with shapes a and b is at most x.
///
/// ```swift
/// let law = regularizedIncompleteBeta(at: 0.3, a: 2, b: 5)
/// print(law.lower, law.upper)                      // 0.579825 0.420175
/// ```
///
/// Each tail is computed by itself where it is small, so that both have full relative accuracy: an error
/// of about `ulp · (20 + |ln lower|)` far out, where the exponent's rounding shows. The exception are
/// shapes far below 1, for which a tail near 1 leaves the other an absolute accuracy of an `ulp` only
/// within 1e-6 of the end of the interval.
///
/// Method: the continued fraction of DiDonato and Morris, after the factor `xᵃ(1 - x)ᵇ/B(a, b)` in a form
/// without cancelling logarithms.
///
/// Edge cases: `x = 0` and `x = 1` give exactly 0 and 1, and NaN gives NaN.
///
/// - Parameters:
///   - x: in `0...1`.
///   - a: the first shape, positive and finite.
///   - b: the second shape, positive and finite.
/// - Returns: both tails, each in `0...1`.
/// - Complexity: O(√(a + b)) steps near the mean `a/(a + b)`, a few dozen elsewhere; at most 100 000, which
///   are enough for shapes up to 1e11. Near the mean of larger shapes the accuracy falls.
///
/// Source: DiDonato and Morris (1992), *Algorithm 708: significant digit computation of the incomplete
/// beta function ratios*, equation 9; for the factor Loader (2000), *Fast and accurate computation of
/// binomial probabilities*.
public func regularizedIncompleteBeta(
  at x: Double, a: Double, b: Double
) -> (lower: Double, upper: Double) {
  precondition(a > 0 && b > 0 && a.isFinite && b.isFinite, "The shapes of a beta law are positive and finite")
  precondition(!(x < 0) && !(x > 1), "A beta variable lies in 0...1")
  guard !x.isNaN else { return (.nan, .nan) }
  guard x > 0 else { return (0, 1) }
  guard x < 1 else { return (1, 0) }
  let y = 1 - x
  // λ = a - (a + b)x, positive below the mean. There the lower tail is the smaller one, or nearly.
  let lambda = a - (a + b) * x
  // For a shape below 1 the fraction needs some 9/√y steps when its mean is at a distance y from the end of
  // the interval; that of the other tail, which is then the larger one, needs a few.
  let reversed = lambda >= 0 ? b < 1 && y <= 1e-6 : a < 1 && x <= 1e-6
  if (lambda >= 0) != reversed {
    let lower = betaTail(x, y, a, b, lambda)
    let upper = 1 - lower
    return (lower, upper < 0.25 && x > 1e-6 && !reversed ? betaTail(y, x, b, a, -lambda) : upper)
  }
  let upper = betaTail(y, x, b, a, -lambda)
  let lower = 1 - upper
  return (lower < 0.25 && y > 1e-6 && !reversed ? betaTail(x, y, a, b, lambda) : lower, upper)
}

/// `I_x(a, b)` by the continued fraction; `y = 1 - x` and `λ = a - (a + b)x`.
private func betaTail(_ x: Double, _ y: Double, _ a: Double, _ b: Double, _ lambda: Double) -> Double {
  let factor = betaPower(x, y, a, b)
  guard factor > 0 else { return 0 }
  // factor / (β₁ + α₁/(β₂ + α₂/(β₃ + …))) by the recurrence of its convergents p/q, kept near 1.
  var (p0, q0) = (0.0, 1.0)
  var beta = a / (a + 1) * (lambda + 1)
  var (p1, q1) = (1.0, beta)
  var value = p1 / q1
  var n = 0.0
  var change = Double.infinity
  while change > 0.25 * Double.ulpOfOne * value.magnitude, n < 100_000 {
    n += 1
    let odd = a + 2 * n - 1
    // Ratios before products, for shapes whose products overflow.
    let alpha = ((a + n - 1) / odd) * ((a + b + n - 1) / odd) * n * (b - n) * x * x
    beta = n + n * (b - n) * x / odd + (a + n) / (odd + 2) * (lambda + 1 + n * (1 + y))
    (p0, p1) = (p1, beta * p1 + alpha * p0)
    (q0, q1) = (q1, beta * q1 + alpha * q0)
    let next = p1 / q1
    change = (next - value).magnitude
    value = next
    p0 /= q1
    q0 /= q1
    p1 = value
    q1 = 1
  }
  return min(factor * value, 1)
}

/// `xᵃ yᵇ / B(a, b)` for `x + y = 1`, with a relative error of a few `ulp` times the size of its logarithm.
///
/// With `n = a + b` and `t = nx - a` it is `√(ab/2πn) exp(δ(n) - δ(a) - δ(b) - aφ(t/a) - bφ(-t/b))`, where
/// δ is the error of Stirling's formula and `φ(u) = u - ln(1 + u) ≥ 0`: large logarithms have cancelled
/// beforehand.
func betaPower(_ x: Double, _ y: Double, _ a: Double, _ b: Double) -> Double {
  let n = a + b
  // The smaller of x and y is the exact one; t must not lose what is left of it near the mean.
  let t = x <= y ? (-a).addingProduct(n, x) : b.addingProduct(-n, y)
  let deviance = a * linearlyCorrectedLog(t / a, n * x / a) + b * linearlyCorrectedLog(-t / b, n * y / b)
  let correction = stirlingError(n) - stirlingError(a) - stirlingError(b)
  return (a / n * b / (2 * Double.pi)).squareRoot() * Double.exp(correction - deviance)
}

/// `φ(u) = u - ln(1 + u)`, where `ratio = 1 + u` is given because near 0 it is lost in u.
func linearlyCorrectedLog(_ u: Double, _ ratio: Double) -> Double {
  guard u.magnitude <= 0.5 else { return u - Double.log(ratio) }
  // ln(1 + u) = 2 artanh r with r = u/(2 + u), and u - 2r = ur. At |u| = 1/2 the 17th term is below 1e-16.
  let r = u / (2 + u)
  let square = r * r
  var series = 0.0
  for k in stride(from: 35, through: 3, by: -2) { series = series * square + 1 / Double(k) }
  return r * (u - 2 * square * series)
}

/// `δ(z) = ln Γ(z + 1) - (z + ½) ln z + z - ½ ln 2π`, the error of Stirling's formula, for positive z.
func stirlingError(_ z: Double) -> Double {
  var z = z
  var sum = 0.0
  // δ(z) - δ(z + 1) = (z + ½) ln(1 + 1/z) - 1 = r²/3 + r⁴/5 + … with r = 1/(2z + 1).
  while z < 16 {
    if z < 1 {
      sum += (z + 0.5) * (Double.log(onePlus: z) - Double.log(z)) - 1
    } else {
      let square = 1 / ((2 * z + 1) * (2 * z + 1))
      var series = 0.0
      for k in stride(from: 35, through: 3, by: -2) { series = (series + 1 / Double(k)) * square }
      sum += series
    }
    z += 1
  }
  // The asymptotic series; its next term is below 1e-18 at 16.
  let w = 1 / (z * z)
  let tail = 1.0 / 1188 - w * (691.0 / 360_360 - w / 156)
  return sum + (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w * tail)))) / z
}
