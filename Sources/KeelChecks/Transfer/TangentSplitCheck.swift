import Keel
import KeelTransfer

extension TransferChecks {
  /// How fast features and predictions start to move.
  static let tangentSplit = Check(
    id: "transfer.tangent-split",
    statement:
      "At the start φ'(x) = v₀gᵀx and f'(x) = xᵀB₀ᵀB₀g + ‖v₀‖²xᵀg: on a fixed residual, linear and quadratic in v₀.",
    source: "Tomihari, Sato (2024), Understanding linear probing then fine-tuning from NTK perspective",
    trials: [.quick: 60, .standard: 400, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    let trial = try TransferTrial(context)
    var stream = context.stream.stream("tangent")
    let problem = trial.problem
    let d = problem.inputDimension
    let factor = Double.exp10(stream.uniform(in: -1..<1))
    let x = Matrix<Double>(rows: 2, columns: d, elements: stream.normals(count: 2 * d))
    let split = NeuralTangentSplit(problem, head: trial.head)
    // A head that is a factor as large, with labels moved so that the residual stays.
    let predictions = problem.inputs * (problem.pretrainedFeatures.transposed * trial.head)
    let scaled = try problem.withLabelNoise(predictions.map { (factor - 1) * $0 })
    let larger = trial.head.map { factor * $0 }
    let one = split.velocity(of: x)
    let predicted = zip(one.pretrainEffective, one.fineTuningEffective).map { $0 + factor * factor * $1 }
    return try compareTangent(
      trial.reduced, problem, trial.head, x, (one.features, one.predictions), "start", trial)
      + compareTangent(
        ReducedTransferProblem(scaled), scaled, larger, x, (factor * one.features, predicted), "scaled head",
        trial)
  }

  /// Velocities against finite steps of gradient descent, after which features are linear and predictions
  /// quadratic in the step: two steps give both derivatives exactly.
  private static func compareTangent(
    _ reduced: ReducedTransferProblem, _ problem: LinearTransferProblem, _ head: [Double],
    _ x: Matrix<Double>, _ expected: (features: Matrix<Double>, predictions: [Double]), _ part: String,
    _ trial: TransferTrial
  ) throws -> [Comparison] {
    let size = 1 + BLAS.dot(head, head)
    let step = 0.1 / (reduced.eigenvalues[0] * size)
    func after(_ step: Double) -> (features: Matrix<Double>, predictions: [Double]) {
      var descent = GradientDescent(reduced, head: head, stepSize: step)
      descent.step()
      let features =
        x * reduced.fullFeatures(descent.state, pretrained: problem.pretrainedFeatures).transposed
      return (features, features * descent.state.head)
    }
    let (before, full, half) = (after(0), after(step), after(step / 2))
    let features = (full.features - before.features) / step
    let predictions = before.predictions.indices.map { i in
      (4 * (half.predictions[i] - before.predictions[i]) - (full.predictions[i] - before.predictions[i]))
        / step
    }
    // Rounding of what is subtracted, divided by the step.
    let values =
      BLAS.nrm2(full.features.elements) + BLAS.nrm2(before.features.elements)
      + BLAS.nrm2(before.predictions) + BLAS.nrm2(full.predictions) + BLAS.nrm2(half.predictions)
    let terms = BLAS.nrm2(x.elements) * (size + trial.geometry.weightNorm)
    let tolerance = 1e-13 * (values + terms) / step
    let error = zip(predictions, expected.predictions).map { ($0 - $1).magnitude }.max() ?? 0
    return [
      .equal(
        features.maximumDifference(from: expected.features), 0, tolerance: tolerance,
        part: "features, \(part)", parameters: trial.parameters),
      .equal(error, 0, tolerance: tolerance, part: "predictions, \(part)", parameters: trial.parameters),
    ]
  }
}
