import Keel
import KeelTransfer

extension TransferChecks {
  private static let boundAssumptions =
    settingAssumptions + [
      "cos θ_max(R₀, S⊥) > 0: the inputs leave every pretrained feature some part outside their span."
    ]

  /// The lower bound with the printed constants.
  static let fineTuningLowerBound = Check(
    id: "transfer.fine-tuning-lower-bound",
    statement:
      "At all times √L_ood(FT) ≥ √σ_min(Σ) (cos θ_max(R₀, S⊥)/√k · min(φ, φ²/‖w*‖)/(1 + ‖w*‖)² - ε).",
    source: paper + ", theorem 3.1 as stated in the submission",
    assumptions: boundAssumptions,
    expectation: .violated(repairedBy: "transfer.fine-tuning-lower-bound-repaired"),
    trials: [.quick: 100, .standard: 1500, .full: 1500], problemStream: "transfer", supportsData: true,
    cases: counterexamples(expected: .violated) { $0.asPrinted }
  ) { context in
    try compare(TransferTrial(context)) { $0.asPrinted }
  }

  /// The lower bound with constants that are right.
  static let fineTuningLowerBoundRepaired = Check(
    id: "transfer.fine-tuning-lower-bound-repaired",
    statement: "At all times √L_ood(FT) ≥ √σ_min(Σ) (cos θ_max(R₀, S⊥) max(x₁, x₂, 0) - ε‖w*‖).",
    source: "Derived for this library from the proof of theorem 3.1 of " + paper,
    assumptions: boundAssumptions,
    trials: [.quick: 100, .standard: 1500, .full: 1500], problemStream: "transfer", supportsData: true,
    cases: counterexamples(expected: nil) { $0.repaired } + degenerateCases { $0.repaired }
  ) { context in
    try compare(TransferTrial(context)) { $0.repaired }
  }

  /// Follows fine-tuning and compares its least error with a bound.
  private static func compare(
    _ trial: TransferTrial, _ bound: (FineTuningLowerBound) -> Double
  ) throws -> Comparison {
    let assumptions = trial.geometry.assumptions(for: trial.head)
    guard assumptions.featuresAreOrthonormal else {
      return .assumptionFailed("B₀ and B* have orthonormal rows", parameters: trial.parameters)
    }
    guard assumptions.pretrainedFeaturesLeaveInputs else {
      return .assumptionFailed("cos θ_max(R₀, S⊥) > 0", parameters: trial.parameters)
    }
    let path = try trial.fineTuning()
    let right = bound(FineTuningLowerBound(trial.geometry, head: trial.head))
    let lowest = path.lowestOutOfDistribution
    var parameters = trial.parameters
    parameters["end"] = .text(path.end.rawValue)
    parameters["time"] = .number(lowest.time)
    return .atLeast(
      lowest.losses.outOfDistribution.squareRoot(), right, tolerance: trial.errorAllowance(path),
      isVacuous: right <= 0 || !assumptions.headIsMisaligned, parameters: parameters)
  }

  /// Settings in which a lower bound has nothing to say, and must say so.
  private static func degenerateCases(
    _ bound: @escaping @Sendable (FineTuningLowerBound) -> Double
  ) -> [Check.NamedCase] {
    func named(
      _ name: String, _ expected: Verdict, dimension d: Int, inputs n: Int, feature: [Double],
      truth: [Double], head: Double
    ) -> Check.NamedCase {
      Check.NamedCase(name, expected: expected) { _ in
        let problem = try LinearTransferProblem(
          inputs: Matrix(rows: n, columns: d) { i, j in i == j ? 1 : 0 },
          pretrainedFeatures: Matrix(row: feature), trueFeatures: Matrix(row: truth), trueHead: [2])
        return [try compare(TransferTrial(problem, head: [head], kind: name), bound)]
      }
    }
    let half = [0.6, 0, 0.8, 0]
    return [
      named(
        "inputs-span-everything", .assumptionFailed, dimension: 4, inputs: 4, feature: half, truth: half,
        head: 0.5),
      named(
        "feature-inside-the-inputs", .assumptionFailed, dimension: 4, inputs: 2, feature: [0.6, 0.8, 0, 0],
        truth: half, head: 0.5),
      named("aligned-head", .vacuous, dimension: 4, inputs: 2, feature: half, truth: half, head: 2),
      named("zero-head", .holds, dimension: 4, inputs: 2, feature: half, truth: half, head: 0),
      // The flow rests at its start, with an error below what so poor features excuse.
      named(
        "saddle", .vacuous, dimension: 4, inputs: 2, feature: [0, 0.6, 0.8, 0], truth: [1, 0, 0, 0], head: 0),
    ]
  }

  /// The known counterexamples of the printed constants.
  private static func counterexamples(
    expected: Verdict?, _ bound: @escaping @Sendable (FineTuningLowerBound) -> Double
  ) -> [Check.NamedCase] {
    func named(
      _ name: String, _ make: @escaping @Sendable () throws -> FineTuningCounterexample
    ) -> Check.NamedCase {
      Check.NamedCase(name, expected: expected) { _ in try compare(TransferTrial(make()), bound) }
    }
    return [
      named("perfect-features-k1") {
        try .perfectFeatures(weightNorm: 3, cosine: 0.1, squaredHead: 8.9)
      },
      named("perfect-features-k2") {
        try .perfectFeatures(weightNorm: 20, cosine: 0.02, squaredHead: 399.99, featureCount: 2)
      },
      named("perfect-features-k3") {
        try .perfectFeatures(weightNorm: 20, cosine: 0.02, squaredHead: 399.99, featureCount: 3)
      },
      named("zero-error-k1") { try .zeroError(weightNorm: 10, shrinkage: 0.004, cosine: 0.5) },
      named("zero-error-k1-moderate-weights") {
        try .zeroError(weightNorm: 2, shrinkage: 0.02, cosine: 0.5)
      },
      named("zero-error-k8") {
        try .zeroError(weightNorm: 10, shrinkage: 0.004, cosine: 0.5, featureCount: 8)
      },
    ]
  }
}
