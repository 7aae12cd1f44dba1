import Keel
import KeelTransfer

extension TransferChecks {
  /// The losses on a straight line between two networks.
  static let weightInterpolation = Check(
    id: "transfer.weight-interpolation",
    statement:
      "Between two networks, (1 - α)(v₀, B₀) + α(v₁, B₁), every loss is a polynomial of degree 4 in α.",
    source: "Derived for this library, for the averages of Wortsman et al. (2022), Robust fine-tuning",
    trials: [.quick: 60, .standard: 400, .full: 1500], problemStream: "transfer", supportsData: true,
    cases: interpolationExamples
  ) { context -> [Comparison] in
    let trial = try TransferTrial(context)
    var stream = context.stream.stream("alpha")
    let path = try interpolation(trial)
    let alpha = stream.uniform(in: -1..<2.0)
    let point = path.point(at: alpha)
    // Losses are squares of differences: rounding is some units of the square of what is subtracted, the
    // weights on the line and those of the coefficients, which are larger by powers of 1 + 2|α|.
    let stretch = (1 + 2 * alpha.magnitude) * (1 + 2 * alpha.magnitude)
    let products = [path.start, path.end, point.state].map { state in
      BLAS.nrm2(state.head) * (1 + BLAS.nrm2(state.features.elements))
    }
    let size = trial.geometry.weightNorm + stretch * (products.max() ?? 0)
    let rounding = 1e-14 * size * size
    return [
      ("training", point.losses.training, path.trainingCoefficients, trial.reduced.eigenvalues[0]),
      ("in distribution", point.losses.inDistribution, path.inDistributionCoefficients, 1),
      ("out of distribution", point.losses.outOfDistribution, path.outOfDistributionCoefficients, 1),
    ].map { part, loss, coefficients, scale in
      .equal(
        loss, coefficients.reversed().reduce(0) { $0 * alpha + $1 }, tolerance: rounding * scale,
        part: part, parameters: trial.parameters)
    }
  }

  /// How often an average is better than both networks.
  static let weightInterpolationInterior = Check(
    id: "transfer.weight-interpolation-interior",
    statement:
      "Reported: between probing and fine-tuning, is the best α inside, L_ood(α) < min(L_ood(LP), L_ood(FT))?",
    source: "The question of Wortsman et al. (2022), Robust fine-tuning of zero-shot models",
    expectation: .reported, trials: [.quick: 60, .standard: 400, .full: 1500], problemStream: "transfer",
    supportsData: true
  ) { context -> Comparison in
    var trial = try TransferTrial(context)
    let path = try interpolation(trial)
    let best = path.lowestOutOfDistribution
    let ends = [0.0, 1].map { path.point(at: $0).losses.outOfDistribution }
    trial.parameters["alpha"] = .number(best.position)
    trial.parameters["L_ood(LP)"] = .number(ends[0])
    trial.parameters["L_ood(FT)"] = .number(ends[1])
    // An α that gains less than a thousandth is an end for all purposes.
    return .atMost(
      best.losses.outOfDistribution, 0.999 * min(ends[0], ends[1]), tolerance: 0,
      parameters: trial.parameters)
  }

  /// The line from the linear probe to the end of fine-tuning.
  private static func interpolation(_ trial: TransferTrial) throws -> WeightInterpolation {
    let probe = try LinearProbe(trial.reduced, from: trial.head).point().state
    return WeightInterpolation(trial.reduced, from: probe, to: try trial.fineTuning().last.state)
  }

  /// The worked example with poor features: from the probe to fine-tuning from a random head an average
  /// gains a little, to fine-tuning from zero it gains much. Losses to the four digits that are known.
  private static let interpolationExamples = [
    Check.NamedCase("example", expected: .holds) { _ -> [Comparison] in
      let (trial, path) = try exampleInterpolation(scale: 1)
      return [(0, 0.0577), (0.2, 0.0489), (1, 0.4284)].map { alpha, known in
        .equal(
          path.point(at: alpha).losses.outOfDistribution, known, tolerance: 6e-5,
          part: "L_ood at α = \(alpha)", parameters: trial.parameters)
      }
    },
    Check.NamedCase("example-zero-head", expected: .holds) { _ -> [Comparison] in
      let (trial, path) = try exampleInterpolation(scale: 0)
      let best = path.lowestOutOfDistribution
      // Known on a grid of α, where the least loss is 0.0307.
      return [
        .atMost(
          best.losses.outOfDistribution, 0.0307, tolerance: 0, part: "least L_ood",
          parameters: trial.parameters),
        .equal(best.position, 0.5, tolerance: 0.1, part: "best α", parameters: trial.parameters),
      ]
    },
  ]

  private static func exampleInterpolation(
    scale: Double
  ) throws -> (TransferTrial, WeightInterpolation) {
    let example = try TransferExample.patterned(distortion: 0.3, whitened: false)
    let trial = try TransferTrial(example.problem, head: example.head.map { scale * $0 }, kind: "example")
    return (trial, try interpolation(trial))
  }
}
