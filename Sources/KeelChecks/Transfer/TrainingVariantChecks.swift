import Keel
import KeelTransfer

extension TransferChecks {
  /// What a low-rank update does to the features outside the span of the inputs.
  static let lowRankRowSpace = Check(
    id: "transfer.low-rank-row-space",
    statement:
      "Fine-tuning through B = B₀ + A₂A₁ leaves the features outside the span of its inputs alone: B(t)u = B₀u for u in S⊥.",
    source: "Claimed by nobody: the statement for training all features does not carry over to low-rank "
      + "updates of Hu et al. (2022), LoRA",
    expectation: .violated(repairedBy: "transfer.low-rank-balance"),
    trials: [.quick: 20, .standard: 150, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context in
    let low = try LowRankTrial(context)
    return Comparison.equal(
      low.movedOutside, 0, tolerance: low.rounding, part: "‖(B - B₀)F⊥‖_F", parameters: low.trial.parameters)
  }

  /// What a low-rank update conserves in place of that.
  static let lowRankBalance = Check(
    id: "transfer.low-rank-balance",
    statement:
      "Fine-tuning through B = B₀ + A₂A₁ keeps A₂ᵀA₂ - A₁A₁ᵀ, and B(t)u = B₀u + A₂(t)A₁(0)u for u in S⊥.",
    source: "Derived for this library: the two factors are balanced against each other",
    trials: [.quick: 20, .standard: 150, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    let low = try LowRankTrial(context)
    let last = low.path.last.state
    let size =
      1 + BLAS.dot(last.left.elements, last.left.elements)
      + BLAS.dot(last.right.elements, last.right.elements)
      + BLAS.dot(low.flow.initialRight.elements, low.flow.initialRight.elements)
    // A step may err by the relative tolerance in every unknown, and the matrix is quadratic in them.
    let drift = 2 * Double(low.path.steps + 1) * low.options.relativeTolerance * size
    return [
      .equal(
        low.path.conservedDrift, 0, tolerance: drift, part: "drift of A₂ᵀA₂ - A₁A₁ᵀ",
        parameters: low.trial.parameters),
      .equal(
        low.movedOutside, low.flow.movementOutside(of: last), tolerance: low.rounding,
        part: "‖(B - B₀)F⊥‖_F", parameters: low.trial.parameters),
    ]
  }

  /// The lower bounds do not care what the labels are.
  static let labelNoise = Check(
    id: "transfer.label-noise",
    statement:
      "With noisy labels, too, √L_ood(FT) is at all times at least the repaired bound, and ILB for k ≤ 3.",
    source: "Derived for this library: both bounds rest on what is conserved, whatever the labels",
    assumptions: ["B₀ and B* have orthonormal rows."],
    trials: [.quick: 30, .standard: 200, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    var trial = try TransferTrial(context)
    var stream = context.stream.stream("noise")
    let deviation = trial.geometry.weightNorm * Double.exp10(stream.uniform(in: -2..<0.5))
    let kind = trial.parameters["start"]?.description ?? ""
    trial = try TransferTrial(
      trial.problem.withLabelNoise(deviation: deviation, using: &stream), head: trial.head, kind: kind)
    trial.parameters["noise"] = .number(deviation)
    let flow = GradientFlow(trial.reduced)
    // Ten times what the fastest direction needs: the noise is not yet fitted, but the head has moved.
    let size = 1 + BLAS.dot(trial.head, trial.head) + trial.geometry.weightNorm * trial.geometry.weightNorm
    let options = FlowOptions(
      relativeTolerance: 1e-11, absoluteTolerance: 1e-13, endTime: 10 / (2 * trial.reduced.eigenvalues[0]),
      maximumSteps: Int(min(5_000, 50 * size)))
    let path = try flow.path(from: flow.start(head: trial.head), options: options)
    let lowest = path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot()
    let repaired = FineTuningLowerBound(trial.geometry, head: trial.head).repaired
    let tolerance = trial.errorAllowance(path, options)
    var result: [Comparison] = [
      .atLeast(
        lowest, repaired, tolerance: tolerance, part: "repaired", isVacuous: repaired <= 0,
        parameters: trial.parameters)
    ]
    if trial.problem.featureCount <= 2 {
      let bound = try InvariantLowerBound(trial.reduced, head: trial.head, tolerance: 1e-3)
      result.append(
        .atLeast(
          lowest, bound.certifiedLowerBound, tolerance: tolerance, part: "ILB",
          isVacuous: bound.certifiedLowerBound <= 1e-6 * trial.geometry.weightNorm,
          parameters: trial.parameters))
    }
    return result
  }
}

/// Fine-tuning through an update of rank 1 or 2.
private struct LowRankTrial {
  var trial: TransferTrial
  let flow: LowRankFlow
  let options: FlowOptions
  let path: TrainingPath<LowRankState>
  /// `‖(B - B₀)F⊥‖_F` at the end, from the full features.
  let movedOutside: Double
  /// What rounding makes of it.
  let rounding: Double

  init(_ context: TrialContext) throws {
    trial = try TransferTrial(context)
    var stream = context.stream.stream("factors")
    let rank = stream.integer(in: 1..<3)
    trial.parameters["rank"] = .integer(rank)
    let right = LowRankFlow.gaussianFactor(
      rank: rank, inputDimension: trial.problem.inputDimension, using: &stream)
    flow = try LowRankFlow(trial.problem, reduced: trial.reduced, right: right)
    let size = 1 + BLAS.dot(trial.head, trial.head) + trial.geometry.weightNorm * trial.geometry.weightNorm
    options = FlowOptions(
      relativeTolerance: 1e-10, absoluteTolerance: 1e-12,
      endTime: 5 / (2 * trial.reduced.eigenvalues[0] * size))
    path = try flow.path(from: flow.start(head: trial.head), options: options)
    let features = flow.fullFeatures(path.last.state)
    var change = features - trial.problem.pretrainedFeatures
    let basis = trial.reduced.rowSpaceBasis
    BLAS.gemm(-1, change * basis.transposed, basis, beta: 1, into: &change)
    movedOutside = BLAS.nrm2(change.elements)
    rounding = 1e-12 * (1 + BLAS.nrm2(features.elements))
  }
}
