import Keel

/// The losses of a state.
public struct TransferLosses: Sendable, Equatable {
  /// The training loss `‖XBᵀv - y‖²`, with noiseless labels `‖X(Bᵀv - w*)‖²`.
  public var training: Double
  /// The squared error in the span of the training inputs, `‖Fᵀ(Bᵀv - w*)‖²`: the loss in distribution
  /// when that distribution is uniform over the span.
  public var inDistribution: Double
  /// The out-of-distribution loss `(Bᵀv - w*)ᵀΣ(Bᵀv - w*)`.
  public var outOfDistribution: Double
}

extension ReducedTransferProblem {
  /// The losses of a state. Cost: O(km), with Σ also O((m + k)²).
  public func losses(of state: TransferState) -> TransferLosses {
    precondition(
      state.head.count == featureCount && state.features.columns == rank, "The state does not fit the problem"
    )
    return state.features.withSpan { features in losses(head: state.head.span, features: features) }
  }

  /// The losses of a state whose parts lie in flat storage; the features outside the span of X may have
  /// been multiplied by a factor.
  func losses(
    head: Span<Double>, features: Span<Double>, outsideFactor: Double = 1
  ) -> TransferLosses {
    let residual = residual(head: head, features: features)
    var training = 0.0
    var inside = 0.0
    for i in 0..<rank {
      let square = residual[i] * residual[i]
      training += eigenvalues[i] * square
      inside += square
    }
    if hasLabelNoise {
      training = irreducibleTrainingLoss + reducibleTrainingLoss(head: head, features: features)
    }
    let ood = outOfDistributionLoss(
      inside: residual.map { -$0 },
      outside: perpendicularError(head: head, outsideFactor: outsideFactor))
    return TransferLosses(training: training, inDistribution: inside, outOfDistribution: ood)
  }

  /// The out-of-distribution loss of an error with given parts in the span of X, in the basis F, and outside
  /// it, in the basis of ``perpendicularError(head:outsideFactor:)``.
  func outOfDistributionLoss(inside: [Double], outside: [Double]) -> Double {
    Self.outOfDistributionLoss(inside: inside, outside: outside, form: oodForm)
  }

  /// The same, for Σ in a basis of both parts; nil for the identity.
  static func outOfDistributionLoss(
    inside: [Double], outside: [Double], form: Matrix<Double>?
  ) -> Double {
    guard let form else {
      return inside.reduce(0) { $0 + $1 * $1 } + outside.reduce(0) { $0 + $1 * $1 }
    }
    let error = inside + outside
    // A singular Σ can leave a rounding error below zero.
    return max(0, BLAS.dot(error, form * error))
  }

  /// What training can still remove of the training loss, `Σ λ (a_train - Cᵀv)²`: all of it, unless labels
  /// carry noise.
  func reducibleTrainingLoss(head: Span<Double>, features: Span<Double>) -> Double {
    let misfit = residual(of: trainingTarget, head: head, features: features)
    return misfit.indices.reduce(0) { $0 + eigenvalues[$1] * misfit[$1] * misfit[$1] }
  }

  /// The size to compare training errors with: that of the weights that training sees.
  var weightScale: Double { hasLabelNoise ? max(weightNorm, BLAS.nrm2(trainingTarget)) : weightNorm }

  /// `a - Cᵀv`.
  func residual(head: Span<Double>, features: Span<Double>) -> [Double] {
    residual(of: target, head: head, features: features)
  }

  /// `target - Cᵀv`.
  private func residual(of target: [Double], head: Span<Double>, features: Span<Double>) -> [Double] {
    var residual = target
    let m = rank
    for i in 0..<featureCount {
      let weight = head[i]
      let row = features.extracting(i * m..<(i + 1) * m)
      for j in 0..<m { residual[j] -= weight * row[j] }
    }
    return residual
  }

  /// The error outside the span of X, `f Rv - r` with the factor f of the features outside.
  func perpendicularError(head: Span<Double>, outsideFactor: Double = 1) -> [Double] {
    let k = featureCount
    return (0..<perpendicular.rows).map { i in
      var sum = -perpendicular[i, k]
      for j in 0..<k { sum += perpendicular[i, j] * (outsideFactor * head[j]) }
      return sum
    }
  }
}
