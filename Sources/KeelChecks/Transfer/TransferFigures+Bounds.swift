import Keel
import KeelTransfer

extension TransferFigures {
  /// The errors of the three ways to adapt along training, with the lower bounds on fine-tuning's.
  static let errorAlongTraining = ReportFigure(
    "error-along-training",
    checks: ["transfer.fine-tuning-lower-bound", "transfer.fine-tuning-lower-bound-repaired"]
  ) { _ in
    // Good features, so that the bounds say something; a seed for which the curves are well apart.
    let parameters = RandomTransferParameters(featureDistance: 0.01, seed: 17)
    let problem = try parameters.problem()
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let head = parameters.head

    let unit = 1 / reduced.eigenvalues[0]
    let grid = logarithmicGrid(from: 1e-3, to: 1e3, count: 121)
    let times = grid.map { $0 * unit }
    let options = FlowOptions(
      relativeTolerance: 1e-11, absoluteTolerance: 1e-13, endTime: times.last, sampleTimes: times)
    let paths = try reduced.paths(from: head, options: options)
    let losses: [(TransferStrategy, [TransferLosses])] = [
      (.linearProbing, times.map { paths.linearProbe.point(at: $0).losses }),
      (.fineTuning, paths.fineTuning.samples.map(\.losses)),
      (.probingThenFineTuning, paths.probingThenFineTuning.samples.map(\.losses)),
    ]
    let curves = losses.map { strategy, losses in
      let style = style(of: strategy)
      return Plot.Series(
        strategy.rawValue, .line(style.dash), style.color,
        zip(grid, losses).map { Plot.Point($0, $1.outOfDistribution.squareRoot()) })
    }
    let bounds = FineTuningLowerBound(geometry, head: head)
    let invariant = try InvariantLowerBound(reduced, head: head)
    let marks = logarithmicGrid(from: 1e-3, to: 1e3, count: 7)
    let lines = [
      ("FT ≥, as printed", bounds.asPrinted, Plot.Symbol.cross, Plot.Color.purple),
      ("FT ≥, repaired", bounds.repaired, .circle, .orange),
      ("FT ≥, from invariants", invariant.certifiedLowerBound, .diamond, .sky),
    ].map { name, value, symbol, color in
      Plot.Series(name, .linePoints(.dotted, symbol), color, marks.map { Plot.Point($0, value) })
    }
    return Plot(
      title: "Error out of distribution along training",
      caption:
        "One random problem (k = 3, d = 20, n = 10, ‖w*‖ = 1, ε = 0.01, head from N(0, I)): the square root "
        + "of the loss out of distribution, and the lower bounds on fine-tuning's at all times. LP-FT's time "
        + "begins when its fine-tuning does. λ₁ is the largest eigenvalue of XᵀX.",
      x: Plot.Axis("training time t", unit: "1/λ₁", scale: .logarithmic),
      y: Plot.Axis("error √L_ood", scale: .logarithmic), series: curves + lines)
  }

  /// How sharp the lower bounds on fine-tuning's error are.
  static let lowerBoundTightness = ReportFigure.tightness(
    "lower-bound-tightness", title: "How sharp the lower bounds on fine-tuning are",
    of: [
      ("transfer.fine-tuning-lower-bound", "as printed", .purple),
      ("transfer.fine-tuning-lower-bound-repaired", "repaired", .orange),
      ("transfer.invariant-lower-bound", "from invariants", .sky),
    ],
    remark: "Problems on which a bound is vacuous have no tightness.")

  /// How sharp the other bounds are.
  static let upperBoundTightness = ReportFigure.tightness(
    "upper-bound-tightness", title: "How sharp the bounds on probing and on angles are",
    of: [
      ("transfer.linear-probe-upper-bound", "error of LP", .blue),
      ("transfer.angle-perturbation", "angles", .green),
    ],
    remark: "An angle gives two values a problem, one for S and one for its complement.")

  /// The ratio that tends to zero as features become perfect.
  static let ratioAgainstDistance = ReportFigure(
    "ratio-against-distance",
    checks: ["transfer.probing-beats-fine-tuning", "transfer.probing-beats-fine-tuning-threshold"]
  ) { _ in
    let distances = (1...10).map { Double.exp2(-Double($0)) }
    let series = try [
      (false, "raw inputs", Plot.Symbol.disk, Plot.Color.blue), (true, "whitened inputs", .diamond, .orange),
    ]
    .flatMap { isWhitened, name, symbol, color in
      let outcomes = try outcomes(at: distances, isWhitened: isWhitened)
      let points = zip(distances, outcomes).map { distance, outcome in
        Plot.Point(
          distance, outcome.linearProbing.outOfDistribution / outcome.fineTuning.lowestOutOfDistribution)
      }
      return withPowerLaw(name, symbol, color, points, fittedUpTo: 0.1)
    }
    return Plot(
      title: "Probing against fine-tuning, as features become perfect",
      caption:
        "The loss of LP out of distribution over the least one of FT at any time. Only the distance ε of the "
        + "pretrained features from the true ones changes. The ratio falls with ε²: the slopes are fitted to "
        + "ε ≤ 0.1.",
      x: Plot.Axis("feature distance ε", scale: .logarithmic),
      y: Plot.Axis("L_ood(LP) / min L_ood(FT)", scale: .logarithmic), series: series)
  }

  /// What the first terms of LP-FT's loss leave.
  static let expansionResidual = ReportFigure(
    "expansion-residual",
    checks: ["transfer.probing-then-fine-tuning-whitened", "transfer.probing-then-fine-tuning-raw"]
  ) { _ in
    let distances = (1...8).map { Double.exp2(-Double($0)) }
    let series = try [
      (false, "raw inputs", Plot.Symbol.disk, Plot.Color.blue), (true, "whitened inputs", .diamond, .orange),
    ]
    .flatMap { isWhitened, name, symbol, color in
      let points = zip(distances, try outcomes(at: distances, isWhitened: isWhitened)).map {
        distance, outcome in
        let expected = outcome.linearProbing.outOfDistribution - outcome.linearProbing.inDistribution
        let found = outcome.probingThenFineTuning.losses.outOfDistribution
        return Plot.Point(distance, (found - expected).magnitude)
      }
      return withPowerLaw(name, symbol, color, points, fittedUpTo: 0.1)
    }
    return Plot(
      title: "What fine-tuning after probing gains",
      caption:
        "The distance of L_ood(LP-FT) from L_ood(LP) - L_id(LP). For whitened inputs it is of the third order "
        + "in ε, so that probing and then fine-tuning gains what probing lacked in distribution; for raw "
        + "inputs it is of the second order, as the losses themselves. Slopes are fitted to ε ≤ 0.1.",
      x: Plot.Axis("feature distance ε", scale: .logarithmic),
      y: Plot.Axis("|L_ood(LP-FT) - L_ood(LP) + L_id(LP)|", scale: .logarithmic), series: series)
  }

  /// What the three ways to adapt reach on problems that differ in the feature distance only.
  private static func outcomes(at distances: [Double], isWhitened: Bool) throws -> [TransferSweepOutcome] {
    try Parallel.map(distances.count) { index in
      try TransferSweepOutcome(
        RandomTransferParameters(
          featureDistance: distances[index], hasWhitenedInputs: isWhitened, seed: 1),
        // Losses of perfect features are differences of nearly equal numbers: they need every digit.
        options: FlowOptions())
    }
  }

  /// The error of networks whose weights lie between those of two ways to adapt.
  static let weightInterpolation = ReportFigure(
    "weight-interpolation",
    checks: ["transfer.weight-interpolation", "transfer.weight-interpolation-interior"]
  ) { _ in
    // Features so poor that neither end is best.
    let parameters = RandomTransferParameters(featureDistance: 0.4, seed: 1)
    let reduced = try ReducedTransferProblem(parameters.problem())
    let flow = GradientFlow(reduced)
    let probe = try LinearProbe(reduced, from: parameters.head).point().state
    let zero = [Double](repeating: 0, count: parameters.featureCount)
    let ends: [(String, TransferState, TransferStrategy)] = try [
      ("to FT from a random head", parameters.head, TransferStrategy.fineTuning),
      ("to FT from the head 0", zero, .linearProbing),
      ("to LP-FT", probe.head, .probingThenFineTuning),
    ].map { name, head, strategy in (name, try flow.path(from: flow.start(head: head)).last.state, strategy) }
    let positions = (0...40).map { Double($0) / 40 }
    let series = ends.map { name, end, strategy in
      let style = style(of: strategy)
      let path = WeightInterpolation(reduced, from: probe, to: end)
      return Plot.Series(
        name, .line(style.dash), style.color,
        positions.map { Plot.Point($0, path.point(at: $0).losses.outOfDistribution.squareRoot()) })
    }
    return Plot(
      title: "Between probing and fine-tuning",
      caption:
        "The error of networks whose weights are interpolated from those of LP (α = 0) to those of fine-tuning "
        + "(α = 1), on one random problem with poor features (k = 3, d = 20, n = 10, ‖w*‖ = 1, ε = 0.4).",
      x: Plot.Axis("share α of the way", range: 0...1), y: Plot.Axis("error √L_ood"),
      series: series)
  }

  /// How likely a random head starts nearly aligned.
  static let headAlignment = ReportFigure(
    "head-alignment", checks: ["transfer.head-alignment-probability"]
  ) { report in
    let taus = logarithmicGrid(from: 1e-3, to: 1e3, count: 61)
    let deviations = [
      (0.3, Plot.Color.blue, Plot.Dash.solid), (1, .vermillion, .dashed), (3, .green, .dashDotted),
    ]
    let draws = 2000
    let series = deviations.flatMap { sigma, color, dash -> [Plot.Series] in
      let law = taus.map { tau in
        Plot.Point(
          tau, headAlignmentProbability(squaredErrorAtMost: tau, weightNorm: 1, standardDeviation: sigma))
      }
      // With ‖w*‖ = 1 the inner product of the head with the true one is σz.
      var stream = RandomStream(seed: report.seed).stream("figure").stream("head-alignment")
      let normals: [Double] = stream.normals(count: draws)
      let errors = normals.map { ((sigma * $0) * (sigma * $0) - 1).magnitude }
      let sampled = stride(from: 0, to: taus.count, by: 6).map { place in
        Plot.Point(taus[place], Double(errors.count { $0 <= taus[place] }) / Double(draws))
      }
      return [
        Plot.Series("σ = \(sigma)", .line(dash), color, law),
        Plot.Series("\(draws) heads, σ = \(sigma)", .points(.circle), color, sampled),
      ]
    }
    return Plot(
      title: "How likely a random head starts nearly aligned",
      caption:
        "The distribution of the squared head alignment error φ² for a head from N(0, σ²I) and ‖w*‖ = 1: the "
        + "formula as lines, the share of drawn heads as circles. A small head has φ² near 1 with certainty.",
      x: Plot.Axis("squared alignment error τ", scale: .logarithmic),
      y: Plot.Axis("P(φ² ≤ τ)", range: 0...1.02), series: series)
  }
}
