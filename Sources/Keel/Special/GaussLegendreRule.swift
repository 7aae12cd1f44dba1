import RealModule

/// Gauss-Legendre quadrature: `∫₋₁¹ f ≈ Σ wᵢ f(xᵢ)`, exact for polynomials up to degree `2n - 1`.
///
/// ```swift
/// let rule = GaussLegendreRule(count: 20)
/// print(rule.integrate(from: 0, to: 1) { $0 * $0 })   // 0.3333333333333333
/// ```
public struct GaussLegendreRule: Sendable, Equatable {
  /// The nodes, ascending, within a few units of 2⁻⁵³.
  public let nodes: [Double]
  /// The weights, positive; they add up to 2.
  public let weights: [Double]

  /// The rule with n nodes.
  ///
  /// - Parameter count: n, at least 1.
  /// - Complexity: O(n²): Newton's method on the recurrence of the Legendre polynomials.
  public init(count: Int) {
    precondition(count >= 1, "A quadrature rule needs at least one node")
    var nodes = [Double](repeating: 0, count: count)
    var weights = nodes
    let n = Double(count)
    for i in 0..<(count + 1) / 2 {
      // Tricomi's start is off by O(n⁻⁴).
      var x = (1 - (1 - 1 / n) / (8 * n * n)) * Double.cos(Double.pi * (4 * Double(i) + 3) / (4 * n + 2))
      if 2 * i + 1 == count { x = 0 }
      var slope = 0.0
      for _ in 0..<6 {
        var (previous, current) = (1.0, x)
        for k in stride(from: 2.0, through: n, by: 1) {
          (previous, current) = (current, ((2 * k - 1) * x * current - (k - 1) * previous) / k)
        }
        slope = n * (previous - x * current) / (1 - x * x)
        x -= current / slope
        if (current / slope).magnitude <= 1e-3 * Double.ulpOfOne { break }
      }
      let weight = 2 / ((1 - x * x) * slope * slope)
      (nodes[i], nodes[count - 1 - i]) = (-x, x)
      (weights[i], weights[count - 1 - i]) = (weight, weight)
    }
    self.nodes = nodes
    self.weights = weights
  }

  /// `∫ f` from `lower` to `upper`.
  ///
  /// - Complexity: n evaluations of f.
  public func integrate(from lower: Double, to upper: Double, _ f: (Double) -> Double) -> Double {
    let half = 0.5 * (upper - lower)
    var sum = 0.0
    for (node, weight) in zip(nodes, weights) { sum += weight * f(lower + half * (1 + node)) }
    return sum * half
  }

  /// Ten nodes.
  static let tenPoints = GaussLegendreRule(count: 10)

  /// Forty nodes.
  static let fortyPoints = GaussLegendreRule(count: 40)
}
