import RealModule

/// The negative Tsallis entropy of a row p with sum 1, and its derivative with respect to α.
///
/// Both are written with v = (p^(α-1) - 1)/(α-1), which tends to ln p as α tends to 1. The textbook form
/// (Σp^α - 1)/(α(α-1)) divides a difference of nearly equal numbers by α - 1.
enum TsallisRegularizer {
  /// Ω(p) = Σ p v / α; Σ p ln p for α = 1.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func value<Scalar: SimplexScalar>(_ p: UnsafeBufferPointer<Scalar>, alpha: Double) -> Double {
    if alpha == 2 { return (Scalar.sumOfSquares(p) - 1) / 2 }
    if alpha == 1.5 { return (Scalar.sumOfRootCubes(p) - 1) / 0.75 }
    var sum = 0.0
    for entry in p where entry > 0 {
      let probability = Double(entry)
      sum += term(probability, logarithm: Double.log(probability), alpha: alpha).value
    }
    return sum / alpha
  }

  /// ∂Ω/∂α = Σ p (v' - v/α)/α with v' = ∂v/∂α.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func derivative<Scalar: SimplexScalar>(_ p: UnsafeBufferPointer<Scalar>, alpha: Double) -> Double {
    var sum = 0.0
    for entry in p where entry > 0 {
      let probability = Double(entry)
      let term = term(probability, logarithm: Double.log(probability), alpha: alpha)
      sum += term.slope - term.value / alpha
    }
    return sum / alpha
  }

  /// p v and p v' of an entry p.
  ///
  /// With l = ln p and w = (α-1) l, v = (eʷ - 1)/(α-1) and v' = l² ψ(w), ψ(w) = (w eʷ - eʷ + 1)/w². Away from
  /// w = 0, p eʷ is formed as e^(αl), which cannot overflow.
  private static func term(
    _ p: Double, logarithm: Double, alpha: Double
  ) -> (value: Double, slope: Double) {
    let b = alpha - 1
    let w = b * logarithm
    guard abs(w) > 0.5 else {
      let v = b == 0 ? logarithm : Double.expMinusOne(w) / b
      return (p * v, p * logarithm * logarithm * curvature(w))
    }
    let power = Double.exp(alpha * logarithm)
    return ((power - p) / b, (w * power - (power - p)) / (b * b))
  }

  /// ψ(w) = Σ_k w^k (k+1)/(k+2)!, to 1e-17 for |w| ≤ 1/2 with 14 terms.
  private static func curvature(_ w: Double) -> Double {
    var (sum, power, factorial) = (0.0, 1.0, 2.0)
    for k in 0..<14 {
      sum += power * Double(k + 1) / factorial
      power *= w
      factorial *= Double(k + 3)
    }
    return sum
  }
}
