import Keel

/// Full-batch gradient descent on the training loss in reduced coordinates.
///
/// The iterates are those of gradient descent in the full coordinates, `B = B₀ + (C - C₀)Fᵀ`, at a cost
/// of 6km operations a step instead of O(nd + kd). A step changes `vvᵀ - CCᵀ` by exactly
/// `η²((Cg)(Cg)ᵀ - ‖g‖²vvᵀ)`: discrete training does not keep balancedness.
public struct GradientDescent: Sendable {
  /// The problem whose training loss is descended.
  public let problem: ReducedTransferProblem
  /// The step size η.
  public let stepSize: Double
  /// The current iterate.
  public private(set) var state: TransferState
  private var gradient: [Double]
  private var headStep: [Double]

  /// Gradient descent from a head on the pretrained features.
  public init(_ problem: ReducedTransferProblem, head: [Double], stepSize: Double) {
    precondition(head.count == problem.featureCount, "The head must have one weight a feature")
    self.problem = problem
    self.stepSize = stepSize
    state = TransferState(head: head, features: problem.initialFeatures)
    gradient = problem.target
    headStep = head
  }

  /// Takes one step; allocates nothing.
  public mutating func step() {
    BLAS.copy(problem.trainingTarget, into: &gradient)
    BLAS.gemv(-1, state.features.transposed, state.head, beta: 1, into: &gradient)
    for j in gradient.indices { gradient[j] *= 2 * problem.eigenvalues[j] }
    BLAS.gemv(1, state.features, gradient, into: &headStep)
    BLAS.ger(stepSize, state.head, gradient, into: &state.features)
    BLAS.axpy(stepSize, headStep, into: &state.head)
  }

  /// Takes several steps.
  public mutating func run(steps: Int) {
    for _ in 0..<steps { step() }
  }
}
