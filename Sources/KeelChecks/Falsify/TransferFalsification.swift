import Keel
import KeelTransfer

/// The statements about two-layer linear transfer that can be searched for violations.
public enum TransferFalsification {
  /// The ids of the checks whose statements can be searched.
  public static let ids = measures.map(\.id)

  /// The largest number of features.
  public static let largestFeatureCount = 6

  /// The statement of a check, for problems of k features.
  ///
  /// - Parameters:
  ///   - check: a check.
  ///   - k: the number of features, in `1...6`.
  ///   - leastCosine: the least `cos θ_max(R₀, S)`, in `0...1`. At 0 features that no input sees count too:
  ///     fine-tuning does not move these, and a violation can be checked by hand.
  /// - Returns: the statement, or nil if the check's cannot be searched.
  public static func statement(of check: Check, featureCount k: Int = 1, leastCosine: Double = 0.1)
    -> FalsifiableStatement?
  {
    precondition((1...largestFeatureCount).contains(k), "The number of features must be in 1...6")
    guard let measure = measures.first(where: { $0.id == check.id })?.measure else { return nil }
    let family = TransferFamily(featureCount: k, leastCosine: leastCosine)
    return FalsifiableStatement(
      check: check, start: { stream in family.start(using: &stream) },
      measure: { parameters, accuracy in
        // What cannot be computed violates nothing.
        family.trial(parameters).flatMap { trial in try? measure(trial, accuracy) }
      }, exact: family.exact, variants: family.variants)
  }

  private typealias Measure = @Sendable (TransferTrial, FalsifiableStatement.Accuracy) throws -> Comparison?

  private static let measures: [(id: String, measure: Measure)] = [
    (
      TransferChecks.fineTuningLowerBound.id,
      { try fineTuning($0, $1) { FineTuningLowerBound($0.geometry, head: $0.head).asPrinted } }
    ),
    (
      TransferChecks.fineTuningLowerBoundRepaired.id,
      { try fineTuning($0, $1) { FineTuningLowerBound($0.geometry, head: $0.head).repaired } }
    ),
    (
      "transfer.invariant-lower-bound",
      { trial, accuracy in
        try fineTuning(trial, accuracy) {
          try InvariantLowerBound($0.reduced, head: $0.head, tolerance: 1e-4).certifiedLowerBound
        }
      }
    ),
    (TransferChecks.linearProbeUpperBound.id, { trial, _ in try linearProbe(trial) }),
    (TransferChecks.anglePerturbation.id, { trial, _ in angles(trial) }),
  ]

  /// Follows fine-tuning and compares its least error with a bound.
  private static func fineTuning(
    _ trial: TransferTrial, _ accuracy: FalsifiableStatement.Accuracy,
    _ bound: (TransferTrial) throws -> Double
  ) throws -> Comparison? {
    let assumptions = trial.geometry.assumptions(for: trial.head)
    guard assumptions.featuresAreOrthonormal, trial.geometry.pretrainedToComplement > 1e-3 else { return nil }
    let right = try bound(trial)
    let flow = GradientFlow(trial.reduced)
    let start = flow.start(head: trial.head)
    guard right > 0 else {
      // The bound says nothing: the error at the start is as good a measure as any.
      let left = trial.reduced.losses(of: start).outOfDistribution.squareRoot()
      return .atLeast(left, right, tolerance: 0, isVacuous: true, parameters: trial.parameters)
    }
    let options =
      switch accuracy {
      case .search:
        FlowOptions(
          relativeTolerance: 1e-6, absoluteTolerance: 1e-9, residualTolerance: 1e-6, maximumSteps: 300)
      case .verification:
        FlowOptions(maximumSteps: 20_000)
      }
    let path = try flow.path(from: start, options: options)
    let lowest = path.lowestOutOfDistribution
    let left = lowest.losses.outOfDistribution.squareRoot()
    // What the integrator should conserve shows its error; the error out of distribution is a quadratic
    // function of the state with coefficients of the size of the weights.
    let size = 1 + BLAS.nrm2(lowest.state.head) + BLAS.nrm2(lowest.state.features.elements)
    var error = path.conservedDrift + size * options.relativeTolerance
    if accuracy == .verification, left < right {
      // A second path, with other steps and a thousandth of the precision: it errs more than the first.
      let second = try flow.path(
        from: start,
        options: FlowOptions(
          relativeTolerance: 1e-10, absoluteTolerance: 1e-12, residualTolerance: 1e-11, maximumSteps: 20_000))
      error += (second.lowestOutOfDistribution.losses.outOfDistribution.squareRoot() - left).magnitude
    }
    var parameters = trial.parameters
    parameters["end"] = .text(path.end.rawValue)
    parameters["time"] = .number(lowest.time)
    parameters["error estimate"] = .number(error)
    return .atLeast(
      left, right, tolerance: 100 * error, parameters: parameters)
  }

  private static func linearProbe(_ trial: TransferTrial) throws -> Comparison? {
    guard trial.geometry.pretrainedToInputs > 1e-3 else { return nil }
    let probe = try LinearProbe(trial.reduced, from: trial.head)
    guard probe.isUnique else { return nil }
    let size = trial.geometry.weightNorm + BLAS.nrm2(trial.head)
    return .atMost(
      probe.point().losses.outOfDistribution.squareRoot(),
      linearProbeUpperBound(trial.geometry, probe: probe),
      tolerance: 1e-12 * (1 + probe.amplification) * trial.geometry.conditionNumber * size,
      parameters: trial.parameters)
  }

  /// The worse of the two parts.
  private static func angles(_ trial: TransferTrial) -> Comparison? {
    let geometry = trial.geometry
    let parts = [
      (geometry.pretrainedToInputs, geometry.trueToInputs),
      (geometry.pretrainedToComplement, geometry.trueToComplement),
    ]
    return parts.map { pretrained, truth in
      let right = truth - geometry.featureDistance
      return Comparison.atLeast(
        pretrained, right, tolerance: 1e-12, isVacuous: right <= 0, parameters: trial.parameters)
    }.max { $0.scaledViolation < $1.scaledViolation }
  }
}
