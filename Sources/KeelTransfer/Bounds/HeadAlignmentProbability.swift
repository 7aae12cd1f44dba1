import Keel

/// The probability that a random head starts nearly aligned: `P(φ² ≤ τ)` for `v₀ ~ N(0, σ²I)`.
///
/// The inner product `v₀·v*` is normal with standard deviation `σs`, `s = ‖v*‖`, whatever the number of
/// features, and `φ² = |(v₀·v*)² - s⁴|`. With the normal distribution function Φ,
///
///     P(φ² ≤ τ) = Z((s⁴ + τ)/(σs)²) - Z((s⁴ - τ)/(σs)²),   Z(q) = 2Φ(√q) - 1 for q > 0, else 0.
///
/// The difference is taken without cancellation: in the written form a τ of 1e-10 leaves six digits. Up
/// to the rounding of `s²/σ²`, on which the tail depends exponentially, the result has full relative
/// accuracy.
///
/// Edge cases:
/// - `σ = 0` is the zero head, for which `φ² = s⁴` with certainty.
/// - `s = 0` makes `φ² = 0` for every head, so that the probability is 1.
/// - `τ < 0` has probability 0, and so has `τ = 0` unless one of the cases above applies.
///
/// Complexity: O(1).
///
/// - Parameters:
///   - tau: the bound τ on the squared head alignment error.
///   - s: the norm of the weights `‖w*‖ = ‖v*‖`, finite and at least 0.
///   - sigma: the standard deviation σ of each weight of the head, finite and at least 0.
/// - Returns: the probability, in `0...1`; NaN if τ is.
public func headAlignmentProbability(
  squaredErrorAtMost tau: Double, weightNorm s: Double, standardDeviation sigma: Double
) -> Double {
  precondition(s >= 0 && s.isFinite, "The norm of the weights must be finite and not negative")
  precondition(sigma >= 0 && sigma.isFinite, "The standard deviation must be finite and not negative")
  guard !tau.isNaN else { return .nan }
  guard tau >= 0 else { return 0 }
  guard s > 0 else { return 1 }
  guard sigma > 0 else { return tau.squareRoot() >= s * s ? 1 : 0 }
  // Z(q) = erf(√(q/2)), so P = erf(b) - erf(a) with b², a² = (s²/σ² ± τ/(σs)²)/2. Ratios before squares:
  // s⁴ and (σs)² overflow long before these do.
  let center = (s / sigma) * (s / sigma)
  let root = tau.squareRoot() / sigma / s
  let width = root * root
  guard width < .infinity else { return 1 }
  return errorFunctionDifference(
    max(0, (center - width) / 2), (center + width) / 2, min(width, (center + width) / 2))
}

/// `erf(√B) - erf(√A)` for `0 ≤ A ≤ B`, where `gap = B - A` is given because it may be lost in B and A.
private func errorFunctionDifference(_ lower: Double, _ upper: Double, _ gap: Double) -> Double {
  let a = lower.squareRoot()
  let b = upper.squareRoot()
  guard gap <= 0.5 else {
    // The larger of the two numbers exceeds the smaller one by a factor: little cancels.
    return a < 0.5 ? Double.erf(b) - Double.erf(a) : Double.erfc(a) - Double.erfc(b)
  }
  // 2/√π ∫ exp(-x²) over a...b, from exp(-a²) exp(-t(2a + t)). The exponent varies by at most 1/2, so
  // that the Gauss-Legendre rule of 8 points errs by less than 1e-16 of the whole.
  guard gap > 0 else { return 0 }
  let half = gap / (a + b) / 2
  var sum = 0.0
  for (node, weight) in gaussLegendre {
    for t in [half * (1 - node), half * (1 + node)] { sum += weight * Double.exp(-t * (2 * a + t)) }
  }
  return 2 / Double.pi.squareRoot() * half * Double.exp(-lower) * sum
}

/// The positive nodes of the Gauss-Legendre rule of 8 points on -1...1, and their weights.
private let gaussLegendre: [(node: Double, weight: Double)] = [
  (0.18343464249564980, 0.36268378337836198), (0.52553240991632899, 0.31370664587788729),
  (0.79666647741362674, 0.22238103445337447), (0.96028985649753623, 0.10122853629037626),
]
