import Keel

/// What fine-tuning after probing gains out of distribution, to leading order in the feature distance ε.
///
/// After a full probe the residual in the span S of the inputs is of order ε. Fine-tuning removes it, and with
/// it `L_id` of the probe, the squared error in S. For whitened inputs the residual is orthogonal to the
/// features in S and stays so to first order, so that the head moves by O(ε²) only and the error outside S
/// hardly changes:
///
///     L_ood(LP-FT) = L_ood(LP) - L_id(LP) + O(ε³).
///
/// For other inputs the directions of S are fitted at different rates, the head moves by O(ε), and what
/// remains is O(ε²), of the size of the losses themselves: LP-FT need not beat LP out of distribution. With a
/// second moment Σ the leading term is the loss of the probe with its error in S removed.
///
/// Fine-tuning fits noise ν in the labels too, as the truth `a + ν` in S: its error there ends at ν, and the
/// prediction for whitened inputs is `L_ood(LP) - L_id(LP) + ‖ν‖²`. The residual of the probe is then of the
/// order of `ε + ‖ν‖`, and the remainder of that to the third power.
///
/// ```swift
/// let expansion = ProbingThenFineTuningExpansion(probe)
/// print(expansion.predicted, expansion.residual(of: path.last.losses))
/// ```
///
/// Source: derived here; the case ε = 0 is the statement of Kumar et al. (2022) that probing and then
/// fine-tuning has no error on perfect features.
public struct ProbingThenFineTuningExpansion: Sendable, Equatable {
  /// The losses of the linear probe.
  public let probing: TransferLosses
  /// The predicted out-of-distribution loss of LP-FT, at least 0.
  public let predicted: Double
  /// Whether the inputs are whitened, so that the remainder is of third order.
  public let inputsAreWhitened: Bool

  /// The expansion about a linear probe in its limit.
  public init(_ probe: LinearProbe) {
    let problem = probe.problem
    probing = probe.point().losses
    predicted = problem.outOfDistributionLoss(
      inside: zip(problem.trainingTarget, problem.target).map { $0 - $1 },
      outside: problem.perpendicularError(head: probe.head.span))
    let values = problem.singularValues
    inputsAreWhitened =
      (values.first ?? 1) <= (values.last ?? 1) * (1 + TransferAssumptions.tolerance)
  }

  /// By how much the out-of-distribution loss of LP-FT exceeds the prediction.
  ///
  /// - Parameter limit: the losses at the end of fine-tuning from the probe.
  public func residual(of limit: TransferLosses) -> Double { limit.outOfDistribution - predicted }
}

extension ReducedTransferProblem {
  /// `‖(I - Π)Fᵀw*‖²` with the projection Π onto the rows of `C₀`: the part of the truth in the span of the
  /// inputs that no head on the pretrained features fits.
  ///
  /// It is the least loss in distribution of any head, for whitened inputs with noiseless labels that of the
  /// linear probe. Fine-tuning to a minimum has none.
  ///
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if a factorization fails.
  public func leastProbingLossInDistribution() throws(TransferError) -> Double {
    let svd = try linearAlgebra { () throws(LinearAlgebraError) in try SVD(initialFeatures) }
    // The features have norm 1, so that what is small is small against 1.
    let zero = Double(rowSpaceBasis.columns) * .ulpOfOne
    let basis = Matrix(svd.vt[rows: 0..<svd.singularValues.count(where: { $0 > zero })])
    var rest = target
    // Twice: the second pass removes what rounding left of the first.
    for _ in 0..<2 {
      let inside = basis * rest
      BLAS.gemv(-1, basis.transposed, inside, beta: 1, into: &rest)
    }
    return BLAS.dot(rest, rest)
  }
}
