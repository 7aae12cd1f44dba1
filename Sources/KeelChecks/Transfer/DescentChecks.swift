import Keel
import KeelTransfer

extension TransferChecks {
  /// What a discrete step does to the imbalance.
  static let descentDriftIdentity = Check(
    id: "transfer.descent-drift-identity",
    statement:
      "A step η of gradient descent changes vvᵀ - BBᵀ by exactly η²((Cg)(Cg)ᵀ - ‖g‖²vvᵀ), g = 2λ∘(a - Cᵀv).",
    source: "Derived for this library; its limit η → 0 is balancedness",
    trials: [.quick: 100, .standard: 500, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    var trial = try TransferTrial(context)
    var stream = context.stream.stream("step")
    // From far too small to beyond the limit of stability: the identity does not care.
    let heads = 1 + BLAS.dot(trial.head, trial.head)
    let step = Double.exp10(stream.uniform(in: -3..<0.3)) / (2 * trial.reduced.eigenvalues[0] * heads)
    trial.parameters["step size"] = .number(step)
    var descent = GradientDescent(trial.reduced, head: trial.head, stepSize: step)
    var worst: (error: Double, tolerance: Double) = (0, .infinity)
    for _ in 0..<5 {
      let before = descent.state
      let expected = drift(of: before, on: trial.reduced, step: step)
      descent.step()
      let change = descent.state.imbalance - before.imbalance
      // Sums of m + 1 squares of the state, before and after: each term is rounded to half a unit of
      // their size, and so is what the step added to the state.
      let size = [before, descent.state].map { state in
        BLAS.dot(state.head, state.head) + BLAS.dot(state.features.elements, state.features.elements)
      }
      let tolerance = 4 * Double(trial.reduced.rank + 2) * .ulpOfOne * (size[0] + size[1])
      let error = change.maximumDifference(from: expected)
      if worst.tolerance - worst.error > tolerance - error { worst = (error, tolerance) }
    }
    return [
      .equal(worst.error, 0, tolerance: worst.tolerance, part: "largest entry", parameters: trial.parameters)
    ]
  }

  /// `η²((Cg)(Cg)ᵀ - ‖g‖²vvᵀ)`.
  private static func drift(
    of state: TransferState, on problem: ReducedTransferProblem, step: Double
  ) -> Matrix<Double> {
    var g = problem.target
    BLAS.gemv(-1, state.features.transposed, state.head, beta: 1, into: &g)
    for j in g.indices { g[j] *= 2 * problem.eigenvalues[j] }
    let pull = state.features * g
    return (step * step)
      * (Matrix(outerProductOf: pull, pull) - BLAS.dot(g, g) * Matrix(outerProductOf: state.head, state.head))
  }

  /// What two learning rates conserve.
  static let twoLearningRates = Check(
    id: "transfer.two-learning-rates",
    statement: "With learning rates η_v and η_B the flow keeps η_B vvᵀ - η_v BBᵀ constant.",
    source: "Derived for this library, as balancedness is for equal rates",
    assumptions: ["The ratio of the rates is constant in time."],
    trials: [.quick: 40, .standard: 300, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context in
    var trial = try TransferTrial(context)
    var stream = context.stream.stream("rates")
    let ratio = Double.exp10(stream.uniform(in: -2..<2.0))
    let rates = LearningRates(head: ratio.squareRoot(), features: 1 / ratio.squareRoot())
    trial.parameters["ratio"] = .number(ratio)
    let flow = GradientFlow(trial.reduced, rates: rates)
    // Thirty times what the fastest direction needs: the imbalance would have changed by then.
    let size = 1 + BLAS.dot(trial.head, trial.head)
    let fastest = 2 * trial.reduced.eigenvalues[0] * max(rates.head, rates.features) * size
    let options = FlowOptions(
      relativeTolerance: 1e-12, absoluteTolerance: 1e-14, endTime: 30 / fastest, restTolerance: 0)
    let path = try flow.path(from: flow.start(head: trial.head), options: options)
    let last = path.last.state
    let magnitude =
      max(rates.head, rates.features)
      * (size + BLAS.dot(last.head, last.head) + BLAS.dot(last.features.elements, last.features.elements))
    // A step may err by the relative tolerance in every unknown, and the matrix is quadratic in them.
    let tolerance = 2 * Double(path.steps + 1) * options.relativeTolerance * magnitude
    return Comparison.equal(
      path.conservedDrift, 0, tolerance: tolerance, part: "drift", parameters: trial.parameters)
  }
}
