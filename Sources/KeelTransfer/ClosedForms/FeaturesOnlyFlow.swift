import Keel

/// Training the features with the head held fixed, in closed form.
///
/// With `g = 2 λ∘(a - Cᵀv)` and constant v the equation `C' = v gᵀ` is linear: each coordinate of the
/// residual `r = a - Cᵀv` decays by itself, and
///
///     C(t) = C₀ + v (r₀∘(1 - exp(-2λ‖v‖²t)))ᵀ/‖v‖²,    C(∞) = C₀ + v (a - C₀ᵀv)ᵀ/‖v‖².
///
/// The error outside the span of the inputs depends on the head alone and stays what it is. A head of zero
/// moves nothing. For noisy labels a is the target of training, as it is for every flow.
///
/// Source: the layer-wise case of Lee et al. (2023), *Surgical fine-tuning improves adaptation to
/// distribution shifts*, in the two-layer linear model.
public struct FeaturesOnlyFlow: ClosedFormFlow {
  /// The problem in reduced coordinates.
  public let problem: ReducedTransferProblem
  /// The head v, which does not move, k.
  public let head: [Double]
  private let norm: Double
  private let residual: [Double]

  /// Training the pretrained features under a head.
  ///
  /// - Parameters:
  ///   - problem: the problem in reduced coordinates.
  ///   - head: v, k finite numbers.
  public init(_ problem: ReducedTransferProblem, head: [Double]) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    self.problem = problem
    self.head = head
    norm = BLAS.nrm2(head)
    var residual = problem.trainingTarget
    BLAS.gemv(-1, problem.initialFeatures.transposed, head, beta: 1, into: &residual)
    self.residual = residual
  }

  /// The state after training for a time; infinity gives the limit. Cost: O(km).
  public func state(at time: Double) -> TransferState {
    precondition(time >= 0, "Training begins at time 0")
    var features = problem.initialFeatures
    if norm > 0 {
      let change = zip(residual, problem.eigenvalues).map { residual, eigenvalue in
        // The head's length enters one at a time: its square may underflow.
        -residual * Double.expMinusOne(-2 * eigenvalue * norm * (norm * time)) / norm
      }
      BLAS.ger(1, head.map { $0 / norm }, change, into: &features)
    }
    return TransferState(head: head, features: features)
  }
}
