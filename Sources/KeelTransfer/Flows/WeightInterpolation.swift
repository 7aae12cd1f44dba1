import Keel

/// The straight path between two networks of one problem, weight by weight:
/// `v(α) = (1 - α)v₀ + αv₁` and `C(α) = (1 - α)C₀ + αC₁`.
///
/// Interpolating a pretrained and a fine-tuned network can be better out of distribution than both. In the
/// two-layer linear model the learned weights in the span S of the inputs, `Cᵀv`, are quadratic in α and the
/// error outside S is linear, so that every loss is an exact polynomial of degree 4 and its least value over
/// `0...1` is known up to rounding.
///
/// ```swift
/// let path = WeightInterpolation(problem, from: probe.point().state, to: fineTuning.last.state)
/// let best = path.lowestOutOfDistribution
/// print(best.position, best.losses.outOfDistribution)
/// ```
///
/// Source: Wortsman et al. (2022), *Robust fine-tuning of zero-shot models* (WiSE-FT).
public struct WeightInterpolation: Sendable {
  /// A network on the path.
  public struct Point: Sendable, Equatable {
    /// α: 0 at the start of the path and 1 at its end.
    public var position: Double
    /// Head and features.
    public var state: TransferState
    /// Their losses.
    public var losses: TransferLosses
  }

  /// The problem.
  public let problem: ReducedTransferProblem
  /// The network at α = 0.
  public let start: TransferState
  /// The network at α = 1.
  public let end: TransferState
  /// The coefficients of the training loss in α, from the constant to the fourth power.
  public let trainingCoefficients: [Double]
  /// The coefficients of the squared error in S, `D_S²`, from the constant to the fourth power.
  public let inDistributionCoefficients: [Double]
  /// The coefficients of the squared error outside S, `D_⊥²`, from the constant to the second power.
  public let perpendicularCoefficients: [Double]
  /// The coefficients of the out-of-distribution loss, from the constant to the fourth power. For Σ = I
  /// they are the sums of the two above.
  public let outOfDistributionCoefficients: [Double]

  /// The path between two states of a problem. Cost: O(km), with Σ also O((m + k)²).
  public init(_ problem: ReducedTransferProblem, from start: TransferState, to end: TransferState) {
    for state in [start, end] {
      precondition(
        state.head.count == problem.featureCount && state.features.columns == problem.rank,
        "The state does not fit the problem")
    }
    self.problem = problem
    self.start = start
    self.end = end
    // The error in S, Cᵀv - a, as e₀ + e₁α + e₂α², with the differences u = v₁ - v₀ and E = C₁ - C₀.
    let headChange = zip(end.head, start.head).map { $0 - $1 }
    let featureChange = end.features - start.features
    let constant = start.features.withSpan { features in
      problem.residual(head: start.head.span, features: features).map { -$0 }
    }
    var linear = start.features.transposed * headChange
    BLAS.gemv(1, featureChange.transposed, start.head, beta: 1, into: &linear)
    let inside = [constant, linear, featureChange.transposed * headChange]
    let slope = Matrix(problem.perpendicular[columns: 0..<problem.featureCount]) * headChange
    let outside = [
      problem.perpendicularError(head: start.head.span), slope, slope.map { _ in 0 },
    ]
    // Noise in the labels moves the target of training, and leaves a part that nothing fits.
    let noise = zip(problem.trainingTarget, problem.target).map { $0 - $1 }
    var training = Self.squared([zip(constant, noise).map { $0 - $1 }, inside[1], inside[2]]) {
      zip(problem.eigenvalues, $0).map { $0 * $1 }
    }
    training[0] += problem.irreducibleTrainingLoss
    trainingCoefficients = training
    inDistributionCoefficients = Self.squared(inside) { $0 }
    perpendicularCoefficients = Array(Self.squared(outside) { $0 }[..<3])
    outOfDistributionCoefficients = Self.squared(zip(inside, outside).map { $0 + $1 }) { error in
      problem.oodForm.map { $0 * error } ?? error
    }
  }

  /// The network at α, with its losses computed from its weights. α may lie outside `0...1`: extrapolation.
  public func point(at alpha: Double) -> Point {
    let state = TransferState(
      head: zip(start.head, end.head).map { (1 - alpha) * $0 + alpha * $1 },
      features: start.features.combined(with: end.features) { (1 - alpha) * $0 + alpha * $1 })
    return Point(position: alpha, state: state, losses: problem.losses(of: state))
  }

  /// The network of least out-of-distribution loss for α in `0...1`, ends included.
  ///
  /// The derivative of the loss is a cubic; between the roots of its own derivative it is monotone, and each
  /// change of sign there is bisected to the last bit. Where the loss is flat, α is known to about the square
  /// root of the rounding unit, as for every minimum, and to its cube root where the second derivative vanishes.
  public var lowestOutOfDistribution: Point {
    let candidates = [0, 1] + Self.minimizers(of: outOfDistributionCoefficients)
    var best = point(at: 0)
    for alpha in candidates.dropFirst() {
      let point = point(at: alpha)
      if point.losses.outOfDistribution < best.losses.outOfDistribution { best = point }
    }
    return best
  }

  /// The coefficients of `‖e₀ + e₁α + e₂α²‖²` in the form that `weighting` applies.
  private static func squared(_ parts: [[Double]], weighting: ([Double]) -> [Double]) -> [Double] {
    let weighted = parts.map(weighting)
    func inner(_ i: Int, _ j: Int) -> Double { BLAS.dot(parts[i], weighted[j]) }
    return [
      inner(0, 0), 2 * inner(0, 1), inner(1, 1) + 2 * inner(0, 2), 2 * inner(1, 2), inner(2, 2),
    ]
  }

  /// The local minima of a quartic inside `0...1`, with some other points where its slope is 0.
  private static func minimizers(of quartic: [Double]) -> [Double] {
    let (c1, c2, c3, c4) = (quartic[1], 2 * quartic[2], 3 * quartic[3], 4 * quartic[4])
    func slope(_ x: Double) -> Double { ((c4 * x + c3) * x + c2) * x + c1 }
    let turns = quadraticRoots(3 * c4, 2 * c3, c2).filter { $0 > 0 && $0 < 1 }.sorted()
    let knots = [0] + turns + [1]
    return zip(knots, knots.dropFirst()).compactMap { left, right in
      // A slope of 0 at a knot is a minimum if the slope has a triple root there.
      guard slope(left) < 0, slope(right) >= 0 else { return nil }
      var (low, high) = (left, right)
      while true {
        let middle = low + (high - low) / 2
        guard middle > low, middle < high else { return low }
        if slope(middle) < 0 { low = middle } else { high = middle }
      }
    }
  }

  /// The real roots of `ax² + bx + c`, without cancellation.
  private static func quadraticRoots(_ a: Double, _ b: Double, _ c: Double) -> [Double] {
    let discriminant = b * b - 4 * a * c
    guard discriminant >= 0 else { return [] }
    let q = -(b + (b < 0 ? -1 : 1) * discriminant.squareRoot()) / 2
    return [q / a, c / q].filter(\.isFinite)
  }
}
