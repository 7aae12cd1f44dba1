/// The checks of maps onto simplex-like polytopes: sparsemax, entmax, projections, and their losses.
///
/// What a map should be is written down once more, independently of the kernels that compute it:
/// optimality conditions, enumeration, quadrature-free formulas. Statements that are printed or programmed
/// elsewhere and are false, or fail in finite precision, are listed as they stand next to their repaired form.
public enum SimplexChecks {
  /// All checks, in the order in which they run.
  public static let all: [Check] =
    optimality + [
      bruteForce,
      // What follows from optimality.
      order, shiftInvariance, permutation, scaleSupport, majorization,
      thresholdBracketPublished, thresholdBracket, thresholdSubset, margin,
      // What maps become for special parameters.
      specialCases, limitSoftmax, limitTemperature,
      // Derivatives.
      jacobian, jacobianDifferences, alphaDerivativePublished, alphaDerivative,
      // Losses.
      lossNonnegative, lossMargin, lossGradient, lossPublished, lossShifted,
      // Nearest points.
      projectionVariational, projectionNonexpansive, projectionIdempotent, moreau,
      entmaxNonexpansiveAssumed, entmaxNonexpansive,
      // Maps for which the order of the entries matters.
      totalVariation, fusedmax, fusedmaxScaleSupport, isotonic,
      // Single precision.
      floatAccuracy, floatShiftedOutput, floatRunningThreshold,
    ]
}
