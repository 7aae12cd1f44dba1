import Keel
import KeelTransfer

extension TransferChecks {
  /// Which optimizers leave the features outside the span of the inputs where they are.
  static let optimizerRowSpace = Check(
    id: "transfer.optimizer-row-space",
    statement:
      "GD, SGD, heavy ball, Nesterov and L2-SP keep B(t)u = B₀u for u in S⊥; with weight decay λ it is (1 - ηλ)^T B₀u.",
    source: "Derived for this library: steps are combinations of gradients, whose rows lie in S",
    trials: [.quick: 30, .standard: 200, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    let trial = try TransferTrial(context)
    let rate = learningRate(trial)
    var penalized = Optimizer.gradientDescent(learningRate: rate)
    penalized.startingPointPenalty = .init(features: 0.3, head: 0.1)
    let rules: [(String, Optimizer)] = [
      ("gradient descent", .gradientDescent(learningRate: rate)),
      ("stochastic gradient descent", .stochastic(learningRate: rate / 4)),
      ("heavy ball", .heavyBall(learningRate: rate)), ("Nesterov", .nesterov(learningRate: rate)),
      ("L2-SP", penalized),
    ]
    var result = try rules.map { part, optimizer in
      let training = try train(trial, with: optimizer, stream: context.stream.stream("batches"))
      return Comparison.equal(
        training.drift.rowSpace, 0, tolerance: rounding(training), part: part, parameters: trial.parameters)
    }
    // The same shrinkage whether λp enters the gradient or the step.
    for kind in [Optimizer.WeightDecay.penalty(0.5 / rate), .decoupled(0.5 / rate)] {
      var optimizer = Optimizer.gradientDescent(learningRate: 0.02 * rate)
      optimizer.weightDecay = kind
      let training = try train(trial, with: optimizer, stream: context.stream.stream("batches"))
      let shrinkage = Double.pow(1 - optimizer.learningRate * kind.strength, Double(training.stepCount))
      let error =
        outside(training.features, trial) - shrinkage * outside(trial.problem.pretrainedFeatures, trial)
      result.append(
        .equal(
          BLAS.nrm2(error.elements), 0, tolerance: rounding(training), part: "weight decay, \(kind.kind)",
          parameters: trial.parameters))
    }
    return result
  }

  /// Adam does not.
  static let adamRowSpace = Check(
    id: "transfer.adam-row-space",
    statement: "Adam leaves the features outside the span of its inputs alone: B(t)u = B₀u for u in S⊥.",
    source: "Claimed by nobody: the statement for gradient flow does not carry over to a rule that divides "
      + "every coordinate by a size of its own",
    expectation: .violated(repairedBy: "transfer.optimizer-row-space"),
    trials: [.quick: 20, .standard: 100, .full: 1500], problemStream: "transfer", supportsData: true,
    cases: [
      Check.NamedCase("example", expected: .violated) { context in
        let example = try TransferExample.patterned(distortion: 0.1, whitened: false)
        let trial = try TransferTrial(example.problem, head: example.head, kind: "example")
        return try compareAdam(trial, context)
      }
    ]
  ) { context in
    try compareAdam(TransferTrial(context), context)
  }

  private static func compareAdam(_ trial: TransferTrial, _ context: TrialContext) throws -> Comparison {
    let training = try train(trial, with: .adam(learningRate: 0.01), stream: context.stream)
    return Comparison.equal(
      training.drift.rowSpace, 0, tolerance: rounding(training), part: "‖(B - B₀)F⊥‖_F",
      parameters: trial.parameters)
  }

  /// Thirty steps in full coordinates: in reduced ones the statements hold by construction.
  private static func train(
    _ trial: TransferTrial, with optimizer: Optimizer, stream: RandomStream
  ) throws -> DiscreteTraining {
    var training = try DiscreteTraining(
      trial.problem, reduced: trial.reduced, head: trial.head, optimizer: optimizer, coordinates: .full,
      using: stream)
    training.run(steps: 30)
    return training
  }

  /// A tenth of what the fastest direction allows at the start: momentum of 0.9 multiplies it by ten.
  private static func learningRate(_ trial: TransferTrial) -> Double {
    let norm = trial.geometry.weightNorm
    let size = 1 + BLAS.dot(trial.head, trial.head) + norm * norm
    return 0.05 / (trial.reduced.eigenvalues[0] * size)
  }

  /// The features without their part in S.
  private static func outside(_ features: Matrix<Double>, _ trial: TransferTrial) -> Matrix<Double> {
    let basis = trial.reduced.rowSpaceBasis
    var result = features
    BLAS.gemm(-1, features * basis.transposed, basis, beta: 1, into: &result)
    return result
  }

  /// Rounding in the gradients, sums over the inputs, is the only way out of the span.
  private static func rounding(_ training: DiscreteTraining) -> Double {
    1e-12 * (1 + BLAS.nrm2(training.features.elements))
  }
}
