import Keel
import KeelTransfer

extension TransferChecks {
  /// Features do not move outside the span of the training inputs.
  static let rowSpace = Check(
    id: "transfer.row-space",
    statement:
      "Fine-tuning leaves the features outside the span of its inputs alone: B(t)u = B₀u for u in S⊥.",
    source: paper + ", lemma A.3 as Tomihari and Sato (2024) cite it",
    trials: [.quick: 20, .standard: 150, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context in
    let trial = try TransferTrial(context)
    // In full coordinates: in reduced ones the statement holds by construction.
    let flow = FullGradientFlow(trial.problem)
    let unit = 1 / (trial.reduced.eigenvalues[0] * (1 + trial.geometry.weightNorm))
    let path = try flow.path(head: trial.head, at: [0.1 * unit, unit, 10 * unit], relativeTolerance: 1e-10)
    let basis = trial.reduced.rowSpaceBasis
    var moved = 0.0
    for point in path {
      var change = point.features - trial.problem.pretrainedFeatures
      let inside = change * basis.transposed
      BLAS.gemm(-1, inside, basis, beta: 1, into: &change)
      moved = max(moved, BLAS.nrm2(change.elements))
    }
    let norm = path.last.map { BLAS.nrm2($0.features.elements) } ?? 0
    // Rounding in the gradient, a sum over n rows of X, is the only way out of the span.
    return Comparison.atMost(
      moved, 0, tolerance: 1e-12 * (1 + norm), part: "‖(B - B₀)(I - FFᵀ)‖_F", parameters: trial.parameters)
  }

  /// The imbalance of the layers is conserved.
  static let balancedness = Check(
    id: "transfer.balancedness",
    statement: "Gradient flow keeps vvᵀ - BBᵀ constant.",
    source: paper
      + ", after Du, Hu, Lee (2018), Algorithmic regularization in learning deep homogeneous models",
    trials: [.quick: 60, .standard: 300, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context in
    let trial = try TransferTrial(context)
    let flow = GradientFlow(trial.reduced)
    let start = flow.start(head: trial.head)
    let options = FlowOptions(
      relativeTolerance: 1e-12, absoluteTolerance: 1e-14, residualTolerance: 1e-10, maximumSteps: 5_000)
    let path = try flow.path(from: start, options: options)
    let size =
      1 + BLAS.dot(path.last.state.head, path.last.state.head)
      + BLAS.dot(path.last.state.features.elements, path.last.state.features.elements)
      + BLAS.dot(trial.head, trial.head)
    // A step may err by the relative tolerance in every unknown, and the matrix is quadratic in them.
    let tolerance = 2 * Double(path.steps + 1) * options.relativeTolerance * size
    return Comparison.atMost(
      path.conservedDrift, 0, tolerance: tolerance, part: "drift of vvᵀ - CCᵀ",
      parameters: trial.parameters)
  }

  /// The linear probe's closed form.
  static let linearProbe = Check(
    id: "transfer.linear-probe",
    statement: "Gradient flow on the head alone converges to v₀ + (XB₀ᵀ)⁺(Xw* - XB₀ᵀv₀).",
    source: "A property of least squares, on which " + paper + " builds",
    undecidedShare: 0.1, trials: [.quick: 40, .standard: 300, .full: 1500], problemStream: "transfer",
    supportsData: true
  ) { context -> [Comparison] in
    let trial = try TransferTrial(context)
    let probe = try LinearProbe(trial.reduced, from: trial.head)
    guard let rates = probe.rateRange else {
      return [.assumptionFailed("XB₀ᵀ is not zero", parameters: trial.parameters)]
    }
    guard rates.upperBound <= 2e4 * rates.lowerBound else {
      return [
        .inconclusive(
          "the probe's rates span more than 20000:1, too stiff to follow to the limit",
          parameters: trial.parameters)
      ]
    }
    let flow = GradientFlow(trial.reduced, rates: .linearProbing)
    // exp(-40) is below the rounding unit; the time at which the slowest mode is halfway tests the path.
    let times = [0.7 / rates.lowerBound, 40 / rates.lowerBound]
    let options = FlowOptions(endTime: times[1], sampleTimes: times)
    let path = try flow.path(from: flow.start(head: trial.head), options: options)
    let size = 1 + zip(probe.head, trial.head).reduce(0) { max($0, $1.0.magnitude, $1.1.magnitude) }
    // In the limit the flow forgets its errors. Half-way they have added up: each step may err by the
    // relative tolerance in the root mean square over all unknowns, of which only the head moves.
    let unknowns = Double(flow.dimension) / Double(trial.head.count)
    let integration = Double(path.steps) * options.relativeTolerance * unknowns.squareRoot()
    return zip(["half-way", "limit"], path.samples).map { part, point in
      let isLimit = part == "limit"
      let expected = probe.head(at: isLimit ? .infinity : point.time)
      let difference = zip(point.state.head, expected).map { ($0 - $1).magnitude }.max() ?? 0
      return Comparison.atMost(
        difference, 0, tolerance: size * (isLimit ? 1e-10 : max(1e-10, integration)), part: part,
        parameters: trial.parameters)
    }
  }

  /// The upper bound on the linear probe's error.
  static let linearProbeUpperBound = Check(
    id: "transfer.linear-probe-upper-bound",
    statement: "√L_ood(LP) ≤ √σ_max(Σ) ε ‖w*‖ (1 + ‖(XB₀ᵀ)⁺X‖₂).",
    source: "Derived for this library; the mechanism behind linear probing's half of the comparison in "
      + paper,
    assumptions: settingAssumptions + ["XB₀ᵀ has rank k."],
    trials: [.quick: 200, .standard: 1500, .full: 3000], problemStream: "transfer", supportsData: true
  ) { context in
    let trial = try TransferTrial(context)
    let probe = try LinearProbe(trial.reduced, from: trial.head)
    guard probe.isUnique else {
      return Comparison.assumptionFailed("XB₀ᵀ has rank k", parameters: trial.parameters)
    }
    let error = probe.point().losses.outOfDistribution.squareRoot()
    // A distance at the rounding unit is that of perfect features: the bound is then 0, not noise.
    let perfect = trial.geometry.featureDistance < 1e-14
    let bound = perfect ? 0 : KeelTransfer.linearProbeUpperBound(trial.geometry, probe: probe)
    // What least squares loses to rounding: a few units of the heads that it subtracts, amplified by the
    // condition of the design.
    let rounding = 1e-13 * (1 + probe.amplification) * trial.geometry.conditionNumber
    let heads = trial.geometry.weightNorm + BLAS.nrm2(trial.head)
    return Comparison.atMost(
      error, bound, tolerance: 1e-10 * bound + rounding * heads, parameters: trial.parameters)
  }

  /// Angles change by no more than the features do.
  static let anglePerturbation = Check(
    id: "transfer.angle-perturbation",
    statement: "cos θ_max(R₀, S) ≥ cos θ_max(R*, S) - ε, and the same for S⊥.",
    source: "Weyl's inequality for singular values; used throughout " + paper,
    trials: [.quick: 200, .standard: 1500, .full: 3000], problemStream: "transfer", supportsData: true
  ) { context in
    let trial = try TransferTrial(context)
    let geometry = trial.geometry
    return [
      Comparison.atLeast(
        geometry.pretrainedToInputs, geometry.trueToInputs - geometry.featureDistance, tolerance: 1e-12,
        part: "S", isVacuous: geometry.trueToInputs <= geometry.featureDistance,
        parameters: trial.parameters),
      Comparison.atLeast(
        geometry.pretrainedToComplement, geometry.trueToComplement - geometry.featureDistance,
        tolerance: 1e-12, part: "S⊥", isVacuous: geometry.trueToComplement <= geometry.featureDistance,
        parameters: trial.parameters),
    ]
  }
}
