import Keel
import KeelTransfer

extension TransferChecks {
  /// The lower bound that what fine-tuning conserves implies.
  static let invariantLowerBound = Check(
    id: "transfer.invariant-lower-bound",
    statement:
      "At all times √L_ood(FT) ≥ √σ_min(Σ) ILB, for every loss of Xw and every rate, and ILB is at least the repaired bound.",
    source: "Derived for this library from the two conservation laws",
    assumptions: settingAssumptions + ["For the comparison with the repaired bound: k ≤ m."],
    trials: [.quick: 60, .standard: 300, .full: 1500], problemStream: "transfer", supportsData: true,
    cases: invariantExamples
  ) { context in
    try compareInvariantBound(TransferTrial(context), stream: context.stream.stream("rates"))
  }

  private static func compareInvariantBound(
    _ trial: TransferTrial, stream: RandomStream
  ) throws -> [Comparison] {
    var trial = trial
    let geometry = trial.geometry
    let bound = try InvariantLowerBound(
      trial.reduced, head: trial.head, tolerance: 1e-4, oodLeastEigenvalue: geometry.oodLeastEigenvalue)
    let path = try trial.fineTuning()
    let lowest = path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot()
    let other = lowestErrorOfAnotherLoss(trial, stream: stream)
    let repaired = FineTuningLowerBound(geometry, head: trial.head).repaired
    trial.parameters["ILB"] = .number(bound.value)
    trial.parameters["certified"] = .flag(bound.isCertified)
    trial.parameters["repaired"] = .number(repaired)
    // What a search finds is above the minimum, and so may be above the error; what is certified is not.
    let isSmall = trial.problem.featureCount <= InvariantLowerBound.certifiedFeatureCount
    let least = isSmall ? bound.certifiedLowerBound : bound.value
    let kind = isSmall ? "certified" : "from a search"
    // A search stops where the bound is flat, at a relative precision of about the root of rounding.
    let searched = isSmall ? 0 : 1e-7 * geometry.weightNorm
    // A bound far below the weights says nothing.
    let isVacuous = least <= 1e-6 * geometry.weightNorm
    var result: [Comparison] = [
      .atLeast(
        lowest, least, tolerance: trial.errorAllowance(path) + searched, part: "gradient flow, \(kind)",
        isVacuous: isVacuous, parameters: trial.parameters),
      .atLeast(
        other.error, least, tolerance: 1e-9 * geometry.weightNorm + other.allowance + searched,
        part: "another loss and rate, \(kind)", isVacuous: isVacuous, parameters: trial.parameters),
    ]
    if trial.reduced.rank >= trial.problem.featureCount {
      result.append(
        .atLeast(
          bound.value, repaired, tolerance: 1e-9 * geometry.weightNorm,
          part: "at least the repaired bound", isVacuous: repaired <= 0, parameters: trial.parameters))
    }
    return result
  }

  /// The least error along a descent of another loss, `Σ log cosh`, with a rate that varies at random.
  ///
  /// Each step is a boost, which keeps what the flow keeps for any gradient that is a combination of the
  /// inputs: no step is too long for the bound.
  private static func lowestErrorOfAnotherLoss(
    _ trial: TransferTrial, stream: RandomStream
  ) -> (error: Double, allowance: Double) {
    var stream = stream
    let reduced = trial.reduced
    let inputs = trial.problem.inputs * reduced.rowSpaceBasis.transposed
    var state = TransferState(head: trial.head, features: reduced.initialFeatures)
    let start = state.imbalance
    var lowest = Double.infinity
    for _ in 0..<60 {
      lowest = min(lowest, reduced.losses(of: state).outOfDistribution)
      var error = reduced.target
      BLAS.gemv(-1, state.features.transposed, state.head, beta: 1, into: &error)
      let gradient = inputs.transposed * (inputs * error).map(Double.tanh)
      let size = 1 + BLAS.dot(state.head, state.head)
      let rate = stream.uniform(in: 0.1..<1.0) / (reduced.eigenvalues[0] * size)
      state.boost(by: gradient, for: rate)
    }
    lowest = min(lowest, reduced.losses(of: state).outOfDistribution)
    return (lowest.squareRoot(), 10 * state.imbalance.maximumDifference(from: start))
  }

  /// The worked example with several heads, to the three digits that are known.
  private static let invariantExamples: [Check.NamedCase] = [
    ("example-perfect", 0.0, 1.0, 0.2430), ("example-perfect-zero-head", 0, 0, 0.2072),
    ("example-perfect-large-head", 0, 3, 1.476), ("example", 0.1, 1, 0.2251),
    ("example-poor-features", 0.3, 1, 0.2351),
  ].map { name, distortion, scale, expected in
    Check.NamedCase(name, expected: .holds) { context in
      let example = try TransferExample.patterned(distortion: distortion, whitened: false)
      let trial = try TransferTrial(
        example.problem, head: example.head.map { scale * $0 }, kind: "example")
      let bound = try InvariantLowerBound(trial.reduced, head: trial.head)
      return try compareInvariantBound(trial, stream: context.stream)
        + [
          .equal(
            bound.value, expected, tolerance: 0.00051, part: "known value", parameters: trial.parameters)
        ]
    }
  }
}
