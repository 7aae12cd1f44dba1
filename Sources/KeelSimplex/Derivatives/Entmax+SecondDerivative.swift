import RealModule

extension Entmax: TwiceDifferentiableMap {
  /// With r = p^(2-α) on the support, c(g) = <r, g>/Σr and e = (2-α) p^(3-2α) (g - c(g)) (v - c(v)), the
  /// product is e - r Σe/Σr.
  ///
  /// It follows from Jᵀg = r (g - c(g)) and from the derivative of p along v, r (v - c(v)). It is zero for
  /// α = 2. For α > 3/2 it grows without bound as an entry of p approaches 0.
  public func secondDerivative(_ batch: SecondDerivativeBatch<Scalar>) {
    batch.forEachRow(with: alpha) { count, p, g, v, product, alpha in
      entmaxSecondDerivative(count: count, p, g, v, into: product, alpha: alpha)
    }
  }
}

/// The second derivative of entmax for one row, in three passes: sums for the means c, the sum of e, and
/// the products, which may therefore replace g or v.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func entmaxSecondDerivative<Scalar: SimplexScalar>(
  count: Int, _ p: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ v: UnsafePointer<Scalar>,
  into product: UnsafeMutablePointer<Scalar>, alpha: Double
) {
  // r = p^(2-α), and (2-α) p^(3-2α); exponents that need no logarithm are those in use.
  func powers(_ entry: Scalar) -> (r: Double, curvature: Double) {
    let p = Double(entry)
    if alpha == 1 { return (p, p) }
    if alpha == 1.5 { return (p.squareRoot(), 0.5) }
    if alpha == 2 { return (1, 0) }
    let logarithm = Double.log(p)
    return (Double.exp((2 - alpha) * logarithm), (2 - alpha) * Double.exp((3 - 2 * alpha) * logarithm))
  }
  var (sum, cotangent, direction) = (0.0, 0.0, 0.0)
  for i in 0..<count where p[i] != 0 {
    let r = powers(p[i]).r
    sum += r
    cotangent += r * Double(g[i])
    direction += r * Double(v[i])
  }
  cotangent /= sum
  direction /= sum
  var total = 0.0
  for i in 0..<count where p[i] != 0 {
    total += powers(p[i]).curvature * (Double(g[i]) - cotangent) * (Double(v[i]) - direction)
  }
  let mean = total / sum
  for i in 0..<count {
    guard p[i] != 0 else {
      product[i] = 0
      continue
    }
    let (r, curvature) = powers(p[i])
    product[i] = Scalar(
      curvature * (Double(g[i]) - cotangent) * (Double(v[i]) - direction) - r * mean)
  }
}
