/// The checks of two-layer linear transfer: linear probing and fine-tuning.
///
/// The lemmas come first, because the theorems stand on them. The published lower bound on
/// fine-tuning's error is listed as it is printed, with its counterexamples, next to its repaired form.
public enum TransferChecks {
  /// All checks, in the order in which they run.
  public static let all: [Check] = [
    // What training conserves, and the linear probe.
    rowSpace, balancedness, twoLearningRates, descentDriftIdentity, adamRowSpace, optimizerRowSpace,
    lowRankRowSpace, lowRankBalance,
    linearProbe, linearProbeUpperBound, anglePerturbation,
    // How likely angles and heads are.
    randomSubspaceEdges, randomSubspaceBeta, randomSubspaceTail, headAlignmentProbability,
    // The theorems, with the repaired forms and what is sharper.
    fineTuningLowerBound, fineTuningLowerBoundRepaired, invariantLowerBound, probingBeatsFineTuning,
    probingBeatsFineTuningThreshold, fineTuningWinsInDistribution, probingThenFineTuningPerfect,
    // What the publication does not say.
    probingThenFineTuningWhitened, probingThenFineTuningRaw, weightInterpolation,
    weightInterpolationInterior, tangentSplit, labelNoise,
    // What computes it.
    closedFormSingleFeature, closedFormBalanced, closedFormFeaturesOnly, boostIntegrator,
  ]

  /// The publication whose statements are checked.
  static let paper =
    "Kumar, Raghunathan, Jones, Ma, Liang (2022), Fine-tuning can distort pretrained features and "
    + "underperform out-of-distribution"

  static let settingAssumptions = [
    "The labels are noiseless: y = Xw* with w* = B*ᵀv*.",
    "B₀ and B* have orthonormal rows.",
  ]
}
