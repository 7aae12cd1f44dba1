import Keel

/// The learned weights of fine-tuning in closed form, for whitened inputs and a balanced start.
///
/// A start is balanced if `v₀v₀ᵀ - C₀C₀ᵀ = lI`; then it is for all time. For k = 1 every start is. For k > 1
/// it means that the features have the squared cosines `-l` with S, and `-l + ‖v₀‖²` in the direction of the
/// head: a head of zero needs equal principal angles, and a head of norm above 1 is never balanced.
///
/// With whitened inputs, `XᵀX = σ²FFᵀ` and `τ = σ²t`, the matrix `Q = [v, C]` obeys `Q' = σ²(QN - QQᵀQ)` with
/// the N of ``WhitenedSingleFeatureFlow``, and `QᵀQ` a Riccati equation, whose solution is
///
///     QᵀQ = e^{Nτ}Q₀ᵀ (I + 2∫₀^τ Q₀e^{2Ns}Q₀ᵀ ds)⁻¹ Q₀e^{Nτ}.
///
/// It holds `‖v‖²`, `CᵀC` and the learned weights `Cᵀv`, hence the losses in training and in distribution. It
/// does not hold v: head and features turn together by an angle that has no closed form, except where nothing
/// turns (``WhitenedSingleFeatureFlow``), so that the error outside S is not known.
///
/// ```swift
/// let flow = try BalancedFlow(reduced, head: head)
/// print(flow.weights(at: 0.5), flow.squaredHeadNorm(at: 0.5))
/// ```
///
/// Source: derived here for `[v, C]`; the method is that of Fukumizu (1998), *Effect of batch learning in
/// multilayer neural networks*, and Braun et al. (2022), *Exact learning dynamics of deep linear networks with
/// prior knowledge*.
public struct BalancedFlow: Sendable {
  /// The problem in reduced coordinates.
  public let problem: ReducedTransferProblem
  /// The head at the start, k.
  public let initialHead: [Double]
  /// The conserved multiple l of the identity.
  public let imbalance: Double

  /// The deviation from balance up to which a start counts as balanced.
  public static let tolerance = WhitenedSingleFeatureFlow.tolerance

  private let plane: BalancedPlane
  /// `Q₀e₊` and `Q₀e₋` in an orthonormal basis `n₁, n₂` of their span with `n₁` along the first.
  private let growing: Double
  private let decaying: (Double, Double)
  private let hasTwoDirections: Bool
  /// `nᵢᵀ(C₀ - C₀uuᵀ)`, and the inner products of the two.
  private let rest: [[Double]]
  private let restGram: (Double, Double, Double)

  /// The flow from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates, with whitened inputs: all singular values are equal.
  ///   - head: `v₀`, k finite numbers.
  /// - Throws: ``TransferError/noClosedForm(reason:deviation:)`` if the inputs are not whitened or the start is
  ///   not balanced.
  public init(_ problem: ReducedTransferProblem, head: [Double]) throws(TransferError) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    try requireWhitenedInputs(problem)
    let (imbalance, deviation) = Self.balance(of: problem, head: head)
    guard deviation <= Self.tolerance else {
      throw .noClosedForm(reason: "the start is not balanced", deviation: deviation)
    }
    self.problem = problem
    initialHead = head
    self.imbalance = imbalance
    let plane = BalancedPlane(imbalance: imbalance, target: problem.trainingTarget)
    self.plane = plane
    let along = problem.initialFeatures * plane.direction
    let up = zip(head, along).map { plane.cosine * $0 + plane.sine * $1 }
    let down = zip(head, along).map { plane.sine * $0 - plane.cosine * $1 }
    growing = BLAS.nrm2(up)
    let first = Self.unit(growing > 0 ? up : down)
    // Where both point the same way the second direction is rounding, and does not take part.
    let across = Self.removing(first, from: down)
    hasTwoDirections = BLAS.nrm2(across) > 1e-12 * BLAS.nrm2(down)
    let second =
      hasTwoDirections ? Self.unit(Self.removing(first, from: Self.unit(across))) : across.map { _ in 0 }
    decaying = (BLAS.dot(first, down), BLAS.dot(second, down))
    var outside = problem.initialFeatures
    BLAS.ger(-1, along, plane.direction, into: &outside)
    let rest = [first, second].map { outside.transposed * $0 }
    self.rest = rest
    restGram = (BLAS.dot(rest[0], rest[0]), BLAS.dot(rest[0], rest[1]), BLAS.dot(rest[1], rest[1]))
  }

  /// The learned weights `Cᵀv` in the span of the inputs, m; infinity gives the limit. Cost: O(m).
  public func weights(at time: Double) -> [Double] { solution(at: time).weights }

  /// `‖v‖²`; infinity gives the limit.
  public func squaredHeadNorm(at time: Double) -> Double { solution(at: time).squaredNorm }

  /// l, and the largest entry of `v₀v₀ᵀ - C₀C₀ᵀ - lI` for the best l: how far a start is from balance. Zero for
  /// k = 1.
  public static func balance(
    of problem: ReducedTransferProblem, head: [Double]
  ) -> (imbalance: Double, deviation: Double) {
    let start = TransferState(head: head, features: problem.initialFeatures).imbalance
    let mean = start.trace / Double(head.count)
    return (mean, start.maximumDifference(from: mean * Matrix(identity: head.count)))
  }

  private func solution(at time: Double) -> (weights: [Double], squaredNorm: Double) {
    precondition(time >= 0, "Training begins at time 0")
    let tau = time * (problem.eigenvalues.first ?? 0)
    let mu = plane.growth
    guard (2 * mu * tau).isFinite else { return limit }
    // The first coordinate is divided by the exponential of the rate at which it grows, the second by that of
    // the rest: the matrix to invert then stays well conditioned.
    let grows = growing * growing > 0
    let restRate = max(-imbalance, 0)
    let firstRate = grows ? mu : restRate
    let (one, two) = (Double.exp(-firstRate * tau), hasTwoDirections ? Double.exp(-restRate * tau) : 1)
    let down = Double.exp(-mu * tau)
    let up = grows ? growing : 0
    let restGrowth = (
      imbalance >= 0
        ? one * Double.exp(-imbalance * tau) : Double.exp(-(grows ? plane.growthGap : 0) * tau),
      imbalance >= 0 ? two * Double.exp(-imbalance * tau) : 1
    )
    // ∫₀^τ e^{2cs} ds for c = μ, -μ and -l, each over its largest exponential.
    let whole = tau * decayAverage(2 * mu * tau)
    let restWhole = tau * decayAverage(2 * imbalance.magnitude * tau)
    let restSize = imbalance >= 0 ? (one, two) : restGrowth
    let p = (decaying.0 * one, decaying.1 * two)
    let w11 =
      one * one + 2 * (up * up * whole + p.0 * p.0 * whole + restGram.0 * restSize.0 * restSize.0 * restWhole)
    let w12 = 2 * (p.0 * p.1 * whole + restGram.1 * restSize.0 * restSize.1 * restWhole)
    let w22 = two * two + 2 * (p.1 * p.1 * whole + restGram.2 * restSize.1 * restSize.1 * restWhole)
    // Q₀e^{Nτ} applied to e₀ and to u, in the same scaling.
    let head = (plane.cosine * up + plane.sine * p.0 * down, plane.sine * p.1 * down)
    let along = (plane.sine * up - plane.cosine * p.0 * down, -plane.cosine * p.1 * down)
    let determinant = w11 * w22 - w12 * w12
    let y = (
      (w22 * head.0 - w12 * head.1) / determinant, (w11 * head.1 - w12 * head.0) / determinant
    )
    let alongTarget = along.0 * y.0 + along.1 * y.1
    let weights = plane.direction.indices.map { j in
      plane.direction[j] * alongTarget + restGrowth.0 * y.0 * rest[0][j] + restGrowth.1 * y.1 * rest[1][j]
    }
    return (weights, head.0 * y.0 + head.1 * y.1)
  }

  private var limit: (weights: [Double], squaredNorm: Double) {
    // Where nothing grows, the start is the saddle with a head of zero.
    guard growing * growing > 0 else { return (plane.direction.map { _ in 0 }, 0) }
    let mu = plane.growth
    return (
      plane.direction.map { mu * plane.cosine * plane.sine * $0 }, mu * plane.cosine * plane.cosine
    )
  }

  private static func removing(_ n: [Double], from x: [Double]) -> [Double] {
    let along = BLAS.dot(n, x)
    return zip(x, n).map { $0 - along * $1 }
  }

  private static func unit(_ x: [Double]) -> [Double] {
    let length = BLAS.nrm2(x)
    return x.map { length > 0 ? $0 / length : 0 }
  }
}
