import Keel

/// The law of the principal angles between a fixed subspace R and a uniformly random one S.
///
/// The rows of a Gaussian X span such an S, and its angles with the pretrained features decide how far
/// fine-tuning can go wrong and what a linear probe amplifies. For R of dimension k and S of dimension m in
/// d dimensions the squared cosines are the eigenvalues of a Jacobi (MANOVA) ensemble with parameters m/2
/// and (d - m)/2. With `k + m > d` the subspaces meet, and `k + m - d` cosines are exactly 1; with `k > m`
/// the angle of which the theory speaks is 90°. The law is symmetric in k and m.
///
/// The complement of S is a uniformly random subspace too: ``complement`` has its law.
///
/// Source: Wachter (1980), *The limiting empirical measure of multiple discriminant ratios*; Davidson and
/// Szarek (2001), *Local operator theory, random matrices and Banach spaces*, theorem II.13.
public struct RandomSubspaceAngles: Sendable, Equatable {
  /// The dimension k of the fixed subspace.
  public let fixedDimension: Int
  /// The dimension m of the random subspace.
  public let randomDimension: Int
  /// The dimension d of the space.
  public let ambientDimension: Int

  /// The law for given dimensions.
  ///
  /// - Parameters:
  ///   - k: the dimension of the fixed subspace, in `1...d`.
  ///   - m: the dimension of the random subspace, in `0...d`.
  ///   - d: the dimension of the space.
  public init(fixedDimension k: Int, randomDimension m: Int, ambientDimension d: Int) {
    precondition((1...max(d, 1)).contains(k), "The fixed subspace needs a dimension in 1...d")
    precondition((0...d).contains(m), "The random subspace needs a dimension in 0...d")
    fixedDimension = k
    randomDimension = m
    ambientDimension = d
  }

  /// The law of the angles between R and the orthogonal complement of S.
  public var complement: RandomSubspaceAngles {
    RandomSubspaceAngles(
      fixedDimension: fixedDimension, randomDimension: ambientDimension - randomDimension,
      ambientDimension: ambientDimension)
  }

  /// The edges between which the squared cosines lie in high dimensions:
  /// `λ± = (√(β(1-α)) ± √(α(1-β)))²` with `α = k/d` and `β = m/d`.
  ///
  /// The extreme squared cosines tend to them as the dimensions grow in proportion, with fluctuations of
  /// order `d^{-2/3}`, or `1/d` at an edge that is 0 or 1 (`k = m` or `k + m = d`). Cosines that are 0 or 1
  /// because of the dimensions do not count.
  public var squaredCosineEdges: ClosedRange<Double> {
    let d = Double(ambientDimension)
    let (alpha, beta) = (Double(fixedDimension) / d, Double(randomDimension) / d)
    let one = (beta * (1 - alpha)).squareRoot()
    let two = (alpha * (1 - beta)).squareRoot()
    // Factored: λ₋ = ((β - α)/(one + two))², exact where the edge closes.
    let low = one + two > 0 ? (beta - alpha) / (one + two) : 0
    return low * low...max(low * low, min((one + two) * (one + two), 1))
  }

  /// A number that `cos θ_max(R, S)` exceeds except with a given probability:
  /// `(√m - √k - t)/(√d + √m + t)` with `t = √(2 ln(2/δ))`, or 0 if that is negative.
  ///
  /// With S spanned by the rows of a Gaussian G, the cosine is at least `σ_min(GE)/σ_max(G)` for an
  /// orthonormal basis E of R. Each of these two singular values is on the wrong side of its bound with
  /// probability at most `exp(-t²/2)`.
  ///
  /// - Parameter delta: the probability δ of failure, in `0...1`; 0 gives the bound 0.
  public func smallestCosineBound(failureProbability delta: Double) -> Double {
    precondition((0...1).contains(delta), "A probability lies in 0...1")
    let t = (2 * Double.log(2 / delta)).squareRoot()
    guard t < .infinity else { return 0 }
    let (k, m) = (Double(fixedDimension).squareRoot(), Double(randomDimension).squareRoot())
    return max(0, (m - k - t) / (Double(ambientDimension).squareRoot() + m + t))
  }

  /// The distribution function of `cos² θ` for a line, `k = 1`, and its complement: exactly that of a beta
  /// variable with shapes `m/2` and `(d - m)/2`.
  ///
  /// - Parameter x: the squared cosine, in `0...1`.
  /// - Returns: `P(cos² θ ≤ x)` and `P(cos² θ > x)`, each with full relative accuracy.
  public func squaredCosineProbabilities(atMost x: Double) -> (lower: Double, upper: Double) {
    precondition(fixedDimension == 1, "The law of one angle is known for a line only")
    guard randomDimension > 0 else { return (1, 0) }
    guard randomDimension < ambientDimension else { return x < 1 ? (0, 1) : (1, 0) }
    return regularizedIncompleteBeta(
      at: x, a: Double(randomDimension) / 2, b: Double(ambientDimension - randomDimension) / 2)
  }
}
