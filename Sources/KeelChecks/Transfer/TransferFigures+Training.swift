import Keel
import KeelTransfer

extension TransferFigures {
  /// How far optimizers drift from balancedness.
  static let optimizerImbalance = ReportFigure(
    "optimizer-imbalance", checks: ["transfer.descent-drift-identity"]
  ) {
    _ in
    try optimizerDrift(
      title: "What optimizers make of balancedness",
      caption:
        "The largest change of an entry of vvᵀ - BBᵀ, which gradient flow conserves. No optimizer with "
        + "steps of finite length keeps it.",
      y: "largest change of an entry", \.imbalance)
  }

  /// How far optimizers move features outside the span of the training inputs.
  static let optimizerRowSpace = ReportFigure(
    "optimizer-row-space", checks: ["transfer.optimizer-row-space", "transfer.adam-row-space"]
  ) { _ in
    try optimizerDrift(
      title: "What optimizers make of features outside of the training inputs",
      caption: "The movement ‖(B - B₀)F⊥‖ of the features outside the span of the training inputs. Gradients "
        + "lie in that span, so that descent and momentum keep them exactly; weight decay shrinks them, and "
        + "Adam, which divides every coordinate by its own scale, moves them. A movement of exactly 0 is "
        + "shown as 1e-17.",
      y: "movement outside the span", \.rowSpace)
  }

  private static func optimizerDrift(
    title: String, caption: String, y label: String, _ value: KeyPath<InvariantDrift, Double>
  ) throws -> Plot {
    let parameters = RandomTransferParameters(seed: 1)
    let problem = try parameters.problem()
    let reduced = try ReducedTransferProblem(problem)
    // A tenth of what is stable for a head of the size of the true one.
    let rate = 0.1 / reduced.eigenvalues[0]
    let optimizers: [(String, Optimizer, Plot.Dash, Plot.Symbol, Plot.Color)] = [
      ("gradient descent", .gradientDescent(learningRate: rate / 4), .solid, .disk, .blue),
      ("stochastic", .stochastic(learningRate: rate / 4), .dotted, .circle, .sky),
      ("momentum 0.9", .heavyBall(learningRate: rate / 40), .dashed, .square, .vermillion),
      (
        "weight decay", Optimizer(.gradientDescent, learningRate: rate / 4, weightDecay: .penalty(0.01)),
        .dashDotted, .triangle, .green
      ),
      ("Adam", .adam(learningRate: 0.01), .solid, .cross, .purple),
    ]
    let steps = (0...10).map { 1 << $0 }
    let series = try optimizers.map { name, optimizer, dash, symbol, color in
      // Full coordinates for all: in reduced ones the first invariant would hold by construction.
      var training = try DiscreteTraining(
        problem, reduced: reduced, head: parameters.head, optimizer: optimizer, coordinates: .full,
        using: RandomStream(seed: 1).stream("figure"))
      let points = steps.map { step in
        training.run(steps: step - training.stepCount)
        return Plot.Point(Double(step), max(training.drift[keyPath: value], 1e-17))
      }
      return Plot.Series(name, .linePoints(dash, symbol), color, points)
    }
    return Plot(
      title: title, caption: "One random problem (k = 3, d = 20, n = 10, ‖w*‖ = 1, ε = 0.1). " + caption,
      x: Plot.Axis("training steps", scale: .logarithmic), y: Plot.Axis(label, scale: .logarithmic),
      series: series)
  }

  /// What a step costs, in reduced and in full coordinates.
  static let stepCost = ReportFigure(
    "step-cost", checks: ["transfer.descent-drift-identity", "transfer.row-space"], isMeasured: true
  ) { _ in
    let (k, n) = (5, 50)
    let dimensions = [100, 200, 400, 800, 1600, 3200]
    var reducedCost: [Plot.Point] = []
    var fullCost: [Plot.Point] = []
    for d in dimensions {
      let parameters = RandomTransferParameters(featureCount: k, inputDimension: d, trainingCount: n, seed: 1)
      let problem = try parameters.problem()
      let reduced = try ReducedTransferProblem(problem)
      // So short a step that the state hardly moves: the cost of a step does not depend on it.
      var descent = GradientDescent(reduced, head: parameters.head, stepSize: 1e-12)
      reducedCost.append(Plot.Point(Double(d), nanoseconds { descent.run(steps: $0) }))
      var full = FullGradientDescent(problem, head: parameters.head, stepSize: 1e-12)
      fullCost.append(Plot.Point(Double(d), nanoseconds { full.run(steps: $0) }))
    }
    return Plot(
      title: "Cost of a training step",
      caption:
        "Measured on this machine while the report was written, on one thread, so it differs from run to "
        + "run: the best of several repetitions, with k = \(k) features and n = m = \(n) training inputs. A step in "
        + "reduced coordinates costs the same for every number d of input dimensions, and gives the same "
        + "iterates.",
      x: Plot.Axis("input dimensions d", scale: .logarithmic),
      y: Plot.Axis("time of a step", unit: "ns", scale: .logarithmic),
      series: [
        Plot.Series("full coordinates", .linePoints(.dashed, .square), .vermillion, fullCost),
        Plot.Series("reduced coordinates", .linePoints(.solid, .disk), .blue, reducedCost),
      ])
  }

  /// The time of one of many steps: the best of five repetitions of two milliseconds.
  private static func nanoseconds(_ run: (_ steps: Int) -> Void) -> Double {
    let clock = ContinuousClock()
    var steps = 1
    while clock.measure({ run(steps) }) < .milliseconds(2) { steps *= 2 }
    let best = (0..<5).map { _ in clock.measure { run(steps) } }.min() ?? .zero
    return best / .nanoseconds(1) / Double(steps)
  }
}
