import Keel

/// Problems on which fine-tuning does better than its published lower bound allows.
///
/// They show that the constants of the printed statement are too large, not that its message is wrong:
/// the repaired bound of ``FineTuningLowerBound/repaired`` keeps the message and holds on all of them.
public struct FineTuningCounterexample: Sendable {
  /// The problem.
  public let problem: LinearTransferProblem
  /// The head at the start of fine-tuning.
  public let head: [Double]

  /// Perfect features, one of which learns: the error decreases along the whole path to about
  /// `c (φ²/s)/(2(s² + β₀²))` with `β₀² = 1 - c²`, while the printed bound is `c (φ²/s)/(√k (1 + s)²)`.
  /// As c falls to 0 the ratio tends to `2(1 + s²)/(√k (1 + s)²)`, which exceeds 1 for every s except 1
  /// when k = 1, and for small and large s also when k is 2 or 3.
  ///
  /// - Parameters:
  ///   - s: the norm of the weights `‖w*‖`, positive.
  ///   - c: the cosine `cos θ_max(R₀, S⊥)`, in `0..<1`.
  ///   - squaredHead: `v₀²`, the square of the learning feature's head weight; near `s²`.
  ///   - k: the number of features; those after the first see no gradient.
  /// - Throws: ``TransferError`` if the parameters are outside their ranges.
  public static func perfectFeatures(
    weightNorm s: Double, cosine c: Double, squaredHead: Double, featureCount k: Int = 1
  ) throws(TransferError) -> FineTuningCounterexample {
    guard s > 0, c > 0, c < 1, squaredHead >= 0, k >= 1 else {
      throw .outOfRange(argument: "parameters", reason: "need s > 0, 0 < c < 1, v₀² ≥ 0 and k ≥ 1")
    }
    let features = onePlusIdle(first: ((1 - c * c).squareRoot(), c), count: k, idleOutside: max(c, 0.8))
    return FineTuningCounterexample(
      problem: try LinearTransferProblem(
        inputs: inputs(count: k), pretrainedFeatures: features, trueFeatures: features,
        trueHead: firstOnly(s, count: k)), head: firstOnly(squaredHead.squareRoot(), count: k))
  }

  /// Imperfect features from which fine-tuning reaches exactly zero error out of distribution, while the
  /// printed bound is positive once `ε‖w*‖` rather than ε is what the features lack: large weights hide
  /// a large error behind a small distance.
  ///
  /// - Parameters:
  ///   - s: the norm of the weights `‖w*‖`, positive.
  ///   - h: the shrinkage, in `0..<1`: the head converges to `s(1 - h)`.
  ///   - c: the cosine `cos θ_max(R₀, S⊥)`, in `0..<1`.
  ///   - k: the number of features; those after the first see no gradient.
  /// - Throws: ``TransferError`` if the parameters are outside their ranges.
  public static func zeroError(
    weightNorm s: Double, shrinkage h: Double, cosine c: Double, featureCount k: Int = 1
  ) throws(TransferError) -> FineTuningCounterexample {
    guard s > 0, h >= 0, h < 1, c > 0, c < 1, k >= 1 else {
      throw .outOfRange(argument: "parameters", reason: "need s > 0, 0 ≤ h < 1, 0 < c < 1 and k ≥ 1")
    }
    let limit = s * (1 - h)
    let trueOutside = c * limit / s
    let trueInside = (1 - trueOutside * trueOutside).squareRoot()
    // Balancedness from the limit back to the start: v₀² - β₀² = κ² - (sβ*/κ)².
    let feature = s * trueInside / limit
    let squaredHead = limit * limit - feature * feature + 1 - c * c
    guard squaredHead >= 0 else {
      throw .outOfRange(argument: "weightNorm", reason: "is too small: no initial head leads to zero error")
    }
    return FineTuningCounterexample(
      problem: try LinearTransferProblem(
        inputs: inputs(count: k),
        pretrainedFeatures: onePlusIdle(first: ((1 - c * c).squareRoot(), c), count: k, idleOutside: 0.8),
        trueFeatures: onePlusIdle(first: (trueInside, trueOutside), count: k, idleOutside: 0.8),
        trueHead: firstOnly(s, count: k)), head: firstOnly(squaredHead.squareRoot(), count: k))
  }

  // Coordinates 0 ..< m are the span S of the inputs, with m = k + 1; the others are outside.
  private static func inputs(count k: Int) -> Matrix<Double> {
    Matrix(rows: k + 1, columns: dimension(count: k)) { i, j in i == j ? 1 : 0 }
  }

  private static func dimension(count k: Int) -> Int { 2 * (k + 1) }

  /// A first feature with given parts inside and outside S, and further ones, each in a plane of its
  /// own, that neither the head nor the truth uses.
  private static func onePlusIdle(
    first: (inside: Double, outside: Double), count k: Int, idleOutside: Double
  ) -> Matrix<Double> {
    var features = Matrix<Double>(zeros: k, dimension(count: k))
    features[0, 0] = first.inside
    features[0, k + 1] = first.outside
    for i in 1..<max(k, 1) {
      features[i, i + 1] = (1 - idleOutside * idleOutside).squareRoot()
      features[i, k + 2 + i - 1] = idleOutside
    }
    return features
  }

  private static func firstOnly(_ value: Double, count k: Int) -> [Double] {
    [value] + [Double](repeating: 0, count: k - 1)
  }
}
