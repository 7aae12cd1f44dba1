import Keel

/// Fine-tuning in closed form, for whitened inputs and a single feature, or a single direction of the head
/// that takes part.
///
/// Let `XᵀX = σ²FFᵀ` and k = 1. The vector `q = (v, b)` of the head and the feature in the span of X obeys
///
///     q' = σ²(Nq - ‖q‖²q),    N = [[l, 2aᵀ], [2a, -l I]],    l = v₀² - ‖b₀‖²
///
/// where l is the conserved imbalance and a what the labels pull towards, `Fᵀw*` unless they carry noise.
/// Hence, with `τ = σ²t`,
///
///     q(t) = e^{Nτ}q₀ / √(1 + 2∫₀^τ ‖e^{Ns}q₀‖² ds).
///
/// N has the eigenvalues ±μ, `μ = √(l² + 4‖a‖²)`, on the plane of the head and of a, and -l on the rest. In
/// the eigenbasis everything is an exponential, here divided by `e^{μτ}` so that no time overflows. The
/// limit is `v² = (μ + l)/2`, `‖b‖² = (μ - l)/2` with b parallel to a.
///
/// For k > 1 the same formula holds if there is a unit vector n such that `v₀` and `C₀a` are multiples of n
/// and n is an eigenvector of `C₀C₀ᵀ`: the other directions then see no gradient, ever, and in the direction
/// of n the problem is the one of a single feature. This includes heads that start at zero with all
/// principal angles of `R₀` and S equal, where `v₀v₀ᵀ - C₀C₀ᵀ` is a multiple of the identity. Without such a
/// vector the directions turn into each other and no closed form of the whole state is known;
/// ``deviation(of:head:)`` says how far a start is from having one. Of balanced starts the learned weights are
/// known: see ``BalancedFlow``.
///
/// ```swift
/// let flow = try WhitenedSingleFeatureFlow(reduced, head: [0.5])
/// print(flow.state(at: 0.1).head, flow.state(at: .infinity).head)
/// ```
///
/// Source: derived here; the same family as Tarmoun et al. (2021), *Understanding the dynamics of gradient
/// flow in overparameterized linear models*, and, for balanced starts, Fukumizu (1998), *Effect of batch
/// learning in multilayer neural networks*.
public struct WhitenedSingleFeatureFlow: ClosedFormFlow {
  /// The problem in reduced coordinates.
  public let problem: ReducedTransferProblem
  /// The head at the start, k.
  public let initialHead: [Double]
  /// The direction n of the head that takes part, k: a unit vector, or zero if nothing moves.
  public let direction: [Double]
  /// The conserved imbalance `l = (n·v)² - ‖Cᵀn‖²`.
  public let imbalance: Double

  /// The deviation from a single direction up to which a start counts as having one: what rounding in the
  /// data and in a singular value decomposition leaves.
  public static let tolerance = 1e-10

  private let plane: BalancedPlane
  /// The parts of q₀ along the eigenvectors of μ and -μ, and what of b₀ is orthogonal to a.
  private let growing: Double
  private let decaying: Double
  private let rest: [Double]
  private let initialRow: [Double]

  /// The flow from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates, with whitened inputs: all singular values are equal.
  ///   - head: `v₀`, k finite numbers.
  /// - Throws: ``TransferError/noClosedForm(reason:deviation:)`` if the inputs are not whitened or, for
  ///   k > 1, more than one direction takes part.
  public init(_ problem: ReducedTransferProblem, head: [Double]) throws(TransferError) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    try requireWhitenedInputs(problem)
    let deviation = Self.deviation(of: problem, head: head)
    guard deviation <= Self.tolerance else {
      throw .noClosedForm(reason: "more than one direction of the head takes part", deviation: deviation)
    }
    self.problem = problem
    initialHead = head
    direction = Self.direction(of: problem, head: head)
    let v = BLAS.dot(direction, head)
    let row = problem.initialFeatures.transposed * direction
    let squaredRow = BLAS.dot(row, row)
    imbalance = (v - squaredRow.squareRoot()) * (v + squaredRow.squareRoot())
    let plane = BalancedPlane(imbalance: imbalance, target: problem.trainingTarget)
    self.plane = plane
    let along = BLAS.dot(plane.direction, row)
    growing = plane.cosine * v + plane.sine * along
    decaying = plane.sine * v - plane.cosine * along
    rest = zip(row, plane.direction).map { $0 - along * $1 }
    initialRow = row
  }

  /// The state after training for a time; infinity gives the limit. Cost: O(km).
  ///
  /// A start that grows in no direction, such as a zero head on a feature orthogonal to a, ends at a saddle
  /// and not at a minimum.
  public func state(at time: Double) -> TransferState {
    precondition(time >= 0, "Training begins at time 0")
    let tau = time * (problem.eigenvalues.first ?? 0)
    let (v, row) = (2 * plane.growth * tau).isFinite ? solution(at: tau) : limit
    // The directions orthogonal to n keep their features and have no head.
    var features = problem.initialFeatures
    BLAS.ger(1, direction, zip(row, initialRow).map { $0 - $1 }, into: &features)
    return TransferState(head: direction.map { v * $0 }, features: features)
  }

  /// Whether q₀ has a part along the growing direction.
  private var grows: Bool { growing * growing > 0 }

  /// Head and feature in the direction n after `τ = σ²t`. Every exponential is divided by that of the fastest
  /// rate at which a part of q₀ grows, so that none overflows and their sum does not vanish.
  private func solution(at tau: Double) -> (head: Double, row: [Double]) {
    let fastest = grows ? plane.growth : max(-imbalance, 0)
    // By how much the rate of the rest, -l, is slower: for l < 0 without cancellation.
    let gap = imbalance >= 0 ? fastest + imbalance : (grows ? plane.growthGap : 0)
    let constant = Double.exp(-fastest * tau)
    let restDecay = Double.exp(-gap * tau)
    // ∫₀^τ e^{2cs} ds for c = μ, -μ and -l, divided by the square of the exponential.
    let whole = tau * decayAverage(2 * plane.growth * tau)
    let restSize = imbalance >= 0 ? constant : restDecay
    let integral =
      (grows ? growing * growing * whole : 0) + decaying * decaying * constant * constant * whole
      + BLAS.dot(rest, rest) * restSize * restSize * tau * decayAverage(2 * imbalance.magnitude * tau)
    let scale = 1 / (constant * constant + 2 * integral).squareRoot()
    let up = grows ? growing * scale : 0
    let down = decaying * constant * Double.exp(-plane.growth * tau) * scale
    let along = plane.sine * up - plane.cosine * down
    return (
      plane.cosine * up + plane.sine * down,
      zip(plane.direction, rest).map { along * $0 + restDecay * scale * $1 }
    )
  }

  private var limit: (head: Double, row: [Double]) {
    if grows {
      let size = growing < 0 ? -plane.growth.squareRoot() : plane.growth.squareRoot()
      return (plane.cosine * size, plane.direction.map { plane.sine * size * $0 })
    }
    // Nothing grows: the rest of the feature keeps the imbalance, at a saddle.
    let length = BLAS.nrm2(rest)
    let factor = length > 0 ? max(-imbalance, 0).squareRoot() / length : 0
    return (0, rest.map { factor * $0 })
  }

  /// How far a start is from moving in a single direction n: the largest of the parts of `v₀`, `C₀a/‖a‖` and
  /// `C₀C₀ᵀn` that are orthogonal to n, each relative to the size of its kind (at least 1). Zero for k = 1.
  public static func deviation(of problem: ReducedTransferProblem, head: [Double]) -> Double {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    let n = direction(of: problem, head: head)
    guard problem.featureCount > 1, BLAS.nrm2(n) > 0 else { return 0 }
    func across(_ x: [Double]) -> Double {
      let along = BLAS.dot(n, x)
      return BLAS.nrm2(zip(x, n).map { $0 - along * $1 })
    }
    let pull = problem.initialFeatures * problem.trainingTarget
    let length = max(BLAS.nrm2(problem.trainingTarget), .leastNormalMagnitude)
    let turned = problem.initialFeatures * (problem.initialFeatures.transposed * n)
    return max(across(head) / max(1, BLAS.nrm2(head)), across(pull) / length, across(turned))
  }

  /// The direction of the head, or the one into which the labels pull it, whichever is known better; zero if
  /// there is neither, and then nothing moves.
  private static func direction(of problem: ReducedTransferProblem, head: [Double]) -> [Double] {
    guard problem.featureCount > 1 else { return [1] }
    let length = max(BLAS.nrm2(problem.trainingTarget), .leastNormalMagnitude)
    let pull = (problem.initialFeatures * problem.trainingTarget).map { $0 / length }
    let longer = BLAS.nrm2(head) >= BLAS.nrm2(pull) ? head : pull
    let norm = BLAS.nrm2(longer)
    return longer.map { norm > 0 ? $0 / norm : 0 }
  }
}
