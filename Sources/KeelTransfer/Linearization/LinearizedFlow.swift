import Keel

/// Fine-tuning of the network linearised at its start, in closed form: the neural tangent kernel regime.
///
/// Linearised in its weights, the network predicts `(w₀ + B₀ᵀδv + δBᵀv₀)ᵀx`. Gradient flow on it is linear:
/// in the span of the inputs the residual `r = a - Fᵀw` obeys
///
///     r' = -2KΛr,    K = C₀ᵀC₀ + ‖v₀‖²I,
///
/// and the weights move by `δv = C₀G` and `δC = v₀Gᵀ` with `G = 2∫Λr dt`. The first term of K moves the head
/// on the pretrained features, as probing does; the second moves the features.
///
/// The linearised path agrees with the true one to first order in time, and for all time as the features move
/// less: for a large head on a fixed residual. In the linearised path balancedness does not hold.
///
/// ```swift
/// let linear = try LinearizedFlow(reduced, head: head)
/// print(linear.losses(at: 1).outOfDistribution, linear.losses(at: .infinity).outOfDistribution)
/// ```
///
/// Source: Tomihari and Sato (2024), *Understanding linear probing then fine-tuning language models from NTK
/// perspective*, in the two-layer linear model.
public struct LinearizedFlow: Sendable {
  /// The problem in reduced coordinates.
  public let problem: ReducedTransferProblem
  /// The head at the start, k.
  public let initialHead: [Double]
  /// The nonzero rates `2s²` of the modes, decreasing, with s the singular values of `[C₀; ‖v₀‖I]Λ^½`.
  public let rates: [Double]
  /// The modes as rows, `Λ^½` times the right singular vectors, times the residual along them.
  private let modes: Matrix<Double>
  /// `C₀ᵀv₀`, m.
  private let initialWeights: [Double]
  private let squaredNorm: Double

  /// The linearisation at a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates.
  ///   - head: `v₀`, k finite numbers.
  /// - Complexity: one SVD of a (k + m) × m matrix.
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if it fails.
  public init(_ problem: ReducedTransferProblem, head: [Double]) throws(TransferError) {
    let (k, m) = (problem.featureCount, problem.rank)
    precondition(head.count == k, "The head must have one weight a feature")
    let norm = BLAS.nrm2(head)
    // The Jacobian of the training predictions up to a rotation; rates from its singular values, not as
    // eigenvalues of its Gram matrix, where slow modes drown in rounding.
    let jacobian = Matrix(stacking: [
      problem.initialFeatures, norm * Matrix(identity: m),
    ]).scalingColumns(by: problem.singularValues)
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(jacobian) }
    // Directions that neither the head nor the features can fit do not move.
    let zero = ReducedTransferProblem.rankTolerance * (svd.singularValues.first ?? 0)
    let rank = svd.singularValues.count { $0 > zero }
    let right = Matrix(svd.vt[rows: 0..<rank])
    let weights = problem.initialFeatures.transposed * head
    let scaled = (0..<m).map { problem.singularValues[$0] * (problem.trainingTarget[$0] - weights[$0]) }
    self.problem = problem
    initialHead = head
    rates = svd.singularValues[..<rank].map { 2 * $0 * $0 }
    modes = right.scalingColumns(by: problem.singularValues).scalingRows(by: right * scaled)
    initialWeights = weights
    squaredNorm = norm * norm
  }

  /// Head and features after a time, moved as the linearised flow moves them; infinity gives the limit.
  ///
  /// The linearised network with these weights is not the network with these weights: that has the term
  /// `δCᵀδv` besides. Cost: O((k + m)m).
  public func parameters(at time: Double) -> TransferState {
    let pull = pull(at: time)
    let move = problem.initialFeatures * pull
    var features = problem.initialFeatures
    BLAS.ger(1, initialHead, pull, into: &features)
    return TransferState(head: zip(initialHead, move).map { $0 + $1 }, features: features)
  }

  /// The weights `Fᵀw` of the linearised network in the span of the inputs, m; infinity gives the limit.
  public func weights(at time: Double) -> [Double] { weights(pull: pull(at: time)) }

  /// The losses of the linearised network after a time; infinity gives the limit.
  public func losses(at time: Double) -> TransferLosses {
    let pull = pull(at: time)
    let weights = weights(pull: pull)
    let head = zip(initialHead, problem.initialFeatures * pull).map { $0 + $1 }
    let error = zip(weights, problem.target).map { $0 - $1 }
    let training = (0..<problem.rank).reduce(problem.irreducibleTrainingLoss) { sum, j in
      let misfit = weights[j] - problem.trainingTarget[j]
      return sum + problem.eigenvalues[j] * misfit * misfit
    }
    return TransferLosses(
      training: training, inDistribution: BLAS.dot(error, error),
      outOfDistribution: problem.outOfDistributionLoss(
        inside: error, outside: problem.perpendicularError(head: head.span)))
  }

  /// `G = 2∫Λr dt`, m: what has pulled on head and features until a time.
  private func pull(at time: Double) -> [Double] {
    precondition(time >= 0, "Training begins at time 0")
    // 2∫e^{-ht} dt over a mode of rate h.
    let progress = rates.map { time < .infinity ? -2 * Double.expMinusOne(-$0 * time) / $0 : 2 / $0 }
    return modes.transposed * progress
  }

  private func weights(pull: [Double]) -> [Double] {
    let head = problem.initialFeatures.transposed * (problem.initialFeatures * pull)
    return (0..<problem.rank).map { initialWeights[$0] + head[$0] + squaredNorm * pull[$0] }
  }
}
