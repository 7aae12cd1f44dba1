import RealModule

// All laws of this file are sampled in Double, whatever the scalar type, and rounded at the end.

extension RandomStream {
  /// A gamma number: density proportional to `x^(shape - 1) exp(-x / scale)` on `x > 0`.
  ///
  /// - Parameters:
  ///   - shape: positive and finite. Below about 0.01 the result often underflows to 0; use
  ///     ``logGamma(shape:)`` there.
  ///   - scale: positive and finite.
  /// - Complexity: O(1) expected.
  ///
  /// Source: Marsaglia and Tsang (2000), *A simple method for generating gamma variables*; a shape
  /// below 1 by their boost, `G(a) = G(a + 1) u^(1/a)`.
  @inlinable
  public mutating func gamma<Scalar: RealScalar>(shape: Scalar, scale: Scalar = 1) -> Scalar {
    precondition(scale > 0 && scale.isFinite, "The scale of a gamma law must be positive and finite.")
    return Scalar(gammaVariate(Double(shape))) * scale
  }

  /// The natural logarithm of a gamma number with scale 1, without underflow for tiny shapes.
  ///
  /// - Parameter shape: positive and finite. Where the logarithm itself exceeds the range of the scalar
  ///   type (shapes near the smallest positive number) the result is `-infinity`.
  /// - Complexity: O(1) expected.
  @inlinable
  public mutating func logGamma<Scalar: RealScalar>(shape: Scalar) -> Scalar {
    Scalar(logGammaVariate(Double(shape)))
  }

  /// A chi-squared number: twice a gamma number of half the shape.
  ///
  /// - Parameter degrees: the degrees of freedom, positive and finite; not necessarily whole.
  /// - Complexity: O(1) expected.
  @inlinable
  public mutating func chiSquared<Scalar: RealScalar>(degrees: Scalar) -> Scalar {
    Scalar(2 * gammaVariate(Double(degrees) / 2))
  }

  /// A beta number: density proportional to `x^(a - 1) (1 - x)^(b - 1)` on `(0, 1)`.
  ///
  /// The share of one of two gamma numbers in their sum, taken from their logarithms: never NaN, however
  /// small the shapes. Small shapes put most of the mass so near 0 and 1 that it rounds to them.
  ///
  /// - Parameters:
  ///   - a: positive and finite.
  ///   - b: positive and finite.
  /// - Returns: a number in `[0, 1]`.
  /// - Complexity: O(1) expected.
  @inlinable
  public mutating func beta<Scalar: RealScalar>(_ a: Scalar, _ b: Scalar) -> Scalar {
    Scalar(dirichletVariate([Double(a), Double(b)])[0])
  }

  /// A Dirichlet vector: density proportional to `∏ pᵢ^(αᵢ - 1)` on the simplex.
  ///
  /// Shares of gamma numbers, taken from their logarithms: never NaN, even when all concentrations are
  /// so small that every gamma number underflows. Entries may round to 0 or 1.
  ///
  /// - Parameter concentrations: `α`, each positive and finite.
  /// - Returns: numbers in `[0, 1]`, one for each concentration, whose sum is 1 up to rounding
  ///   (`n / 2` units of rounding). One concentration gives `[1]`, none gives `[]`.
  /// - Complexity: O(n) expected.
  @inlinable
  public mutating func dirichlet<Scalar: RealScalar>(_ concentrations: [Scalar]) -> [Scalar] {
    dirichletVariate(concentrations.map { Double($0) }).map { Scalar($0) }
  }

  // MARK: In Double

  @usableFromInline
  mutating func gammaVariate(_ shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "The shape of a gamma law must be positive and finite.")
    return shape < 1 ? Double.exp(logGammaVariate(shape)) : marsagliaTsang(shape)
  }

  @usableFromInline
  mutating func logGammaVariate(_ shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "The shape of a gamma law must be positive and finite.")
    guard shape < 1 else { return Double.log(marsagliaTsang(shape)) }
    // ln(G(a + 1) u^(1/a)), and -ln u is exponential.
    let boosted = Double.log(marsagliaTsang(shape + 1))
    return boosted - nextExponential() / shape
  }

  /// A gamma number of a shape of at least 1: `d v` with `v = (1 + t)³`, `t` normal with variance
  /// `1 / (9d)`, accepted with probability `exp(z²/2 + d (1 - v + ln v))`.
  ///
  /// The exponent is summed from `t`, because `1 - v + ln v` loses all its digits for large shapes.
  private mutating func marsagliaTsang(_ shape: Double) -> Double {
    let d = shape - 1.0 / 3
    let deviation = 1 / (3 * d.squareRoot())
    while true {
      let z = nextDoubleNormal()
      let t = deviation * z
      guard t > -1 else { continue }
      let value = d * ((1 + t) * (1 + t) * (1 + t))
      let u = Double._openUniform(&self)
      // A lower bound of the acceptance probability, which spares most of the logarithms.
      if u < 1 - 0.0331 * (z * z) * (z * z) { return value }
      let excess = 3 * (Double.log(onePlus: t) - t) - t * t * (3 + t)
      if Double.log(u) < 0.5 * z * z + d * excess { return value }
    }
  }

  @usableFromInline
  mutating func dirichletVariate(_ concentrations: [Double]) -> [Double] {
    let logarithms = concentrations.map { logGammaVariate($0) }
    guard let largest = logarithms.max() else { return [] }
    guard largest > -.infinity else { return vertex(concentrations) }
    let weights = logarithms.map { Double.exp($0 - largest) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// The limit of the Dirichlet law as all concentrations go to zero in fixed proportions: vertex `i`
  /// with probability `αᵢ / Σα`.
  private mutating func vertex(_ concentrations: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: concentrations.count)
    var rest = Double._uniform(&self) * concentrations.reduce(0, +)
    let chosen = concentrations.firstIndex { concentration in
      rest -= concentration
      return rest < 0
    }
    result[chosen ?? concentrations.count - 1] = 1
    return result
  }
}
