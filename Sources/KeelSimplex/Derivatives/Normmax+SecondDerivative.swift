import RealModule

extension Normmax: TwiceDifferentiableMap {
  /// With s = ‖p‖^(α-1) p^(2-α)/(α-1) on the support the Jacobian is (I - p1ᵀ) diag(s) (I - 1pᵀ). The product
  /// is its derivative along v, applied to g: with h = s (g - <g, p>), w = Jv, and ' the derivative along v,
  ///
  ///     h' - w Σh - p Σh',    h' = s' (g - <g, p>) - s <g, w>,
  ///     s'/s = (α-1) Σ p^(α-1) w / Σ p^α + (2-α) w/p
  public func secondDerivative(_ batch: SecondDerivativeBatch<Scalar>) {
    batch.forEachRow(with: alpha) { count, p, g, v, product, alpha in
      normmaxSecondDerivative(count: count, p, g, v, into: product, alpha: alpha)
    }
  }
}

/// The second derivative of normmax for one row. Every pass computes what it needs of an entry from p, g and v
/// again, so that the products may replace g or v.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func normmaxSecondDerivative<Scalar: SimplexScalar>(
  count: Int, _ p: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ v: UnsafePointer<Scalar>,
  into product: UnsafeMutablePointer<Scalar>, alpha: Double
) {
  var (powers, cotangent, direction) = (0.0, 0.0, 0.0)
  for i in 0..<count where p[i] != 0 {
    let entry = Double(p[i])
    powers += Double.pow(entry, alpha)
    cotangent += entry * Double(g[i])
    direction += entry * Double(v[i])
  }
  // ‖p‖^(α-1) / (α-1).
  let factor = Double.pow(powers, (alpha - 1) / alpha) / (alpha - 1)
  func weight(_ entry: Double) -> Double { factor * Double.pow(entry, 2 - alpha) }

  var (total, moved) = (0.0, 0.0)
  for i in 0..<count where p[i] != 0 {
    let s = weight(Double(p[i]))
    total += s * (Double(g[i]) - cotangent)
    moved += s * (Double(v[i]) - direction)
  }
  func motion(_ i: Int, _ s: Double) -> Double { s * (Double(v[i]) - direction) - Double(p[i]) * moved }

  var (growth, inner) = (0.0, 0.0)
  for i in 0..<count where p[i] != 0 {
    let entry = Double(p[i])
    let w = motion(i, weight(entry))
    growth += Double.pow(entry, alpha - 1) * w
    inner += Double(g[i]) * w
  }
  growth *= (alpha - 1) / powers

  func change(_ i: Int, _ s: Double, _ w: Double) -> Double {
    let relative = growth + (2 - alpha) * w / Double(p[i])
    return s * (relative * (Double(g[i]) - cotangent) - inner)
  }
  var sum = 0.0
  for i in 0..<count where p[i] != 0 {
    let s = weight(Double(p[i]))
    sum += change(i, s, motion(i, s))
  }
  for i in 0..<count {
    guard p[i] != 0 else {
      product[i] = 0
      continue
    }
    let s = weight(Double(p[i]))
    let w = motion(i, s)
    product[i] = Scalar(change(i, s, w) - w * total - Double(p[i]) * sum)
  }
}
