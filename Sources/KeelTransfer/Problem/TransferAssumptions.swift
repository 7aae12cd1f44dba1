import Keel

/// Which assumptions of the statements about linear probing and fine-tuning a problem satisfies.
///
/// S is the span of the training inputs and m its dimension, `R₀` and `R*` are the row spaces of `B₀` and
/// `B*`. A cosine, a sine or a relative error counts as zero up to ``tolerance``.
///
/// ```swift
/// let assumptions = geometry.assumptions(for: head)
/// if !assumptions.pretrainedFeaturesLeaveInputs { print("The lower bound says nothing here.") }
/// ```
public struct TransferAssumptions: Sendable, Equatable {
  /// What counts as zero: some thousand roundings, far below what data can mean.
  public static let tolerance = 1e-12

  // MARK: - The setting

  /// The rows of `B₀` and `B*` are orthonormal to ``tolerance``, not only to the one with which a problem
  /// accepts them. With features that were stored in single precision, statements hold to 1e-6 only.
  public var featuresAreOrthonormal: Bool
  /// Σ is invertible: its smallest eigenvalue is positive. Otherwise lower bounds are 0.
  public var secondMomentIsInvertible: Bool
  /// The labels are `Xw*` without noise. Lower bounds on fine-tuning's error do not need it: they rest on
  /// what gradients of any labels keep. But a noisy probe no longer finds the truth on perfect features,
  /// nor does fine-tuning to a minimum bring the error in distribution to zero.
  public var labelsAreNoiseless: Bool
  /// `w* ≠ 0`: there is something to learn.
  public var trueWeightsAreNonzero: Bool

  // MARK: - Sizes

  /// `k < m`: the inputs have more dimensions than there are features.
  public var inputsOutnumberFeatures: Bool
  /// `k < d - m`: so has the complement of their span. False when the inputs span everything.
  public var complementOutnumbersFeatures: Bool

  // MARK: - Angles

  /// `cos θ_max(R₀, S⊥) > 0`: every pretrained feature has a part outside S. Otherwise fine-tuning can
  /// repair everything, and the lower bounds are at most 0.
  public var pretrainedFeaturesLeaveInputs: Bool
  /// `cos θ_max(R₀, S) > 0`: the inputs see every pretrained feature, `XB₀ᵀ` has rank k, and the linear
  /// probe is unique.
  public var pretrainedFeaturesAreSeen: Bool
  /// `cos θ_max(R*, S⊥) > 0`: every true feature has a part outside S.
  public var trueFeaturesLeaveInputs: Bool
  /// `cos θ_max(R*, S) > 0`: the inputs see every true feature.
  public var trueFeaturesAreSeen: Bool
  /// `cos θ_max(R₀ + span w*, S) > 0`: the inputs see the pretrained features and what they lack of w*.
  public var augmentedFeaturesAreSeen: Bool

  // MARK: - Pretraining and inputs

  /// `d(B₀, B*) = 0`: pretraining found the true features up to an orthogonal change of coordinates.
  public var pretrainedFeaturesArePerfect: Bool
  /// `w* ∉ R₀`: no head on the pretrained features is right.
  public var trueWeightsLeavePretrainedFeatures: Bool
  /// `XᵀX` is a multiple of the projection onto S: all nonzero singular values are equal.
  public var inputsAreWhitened: Bool

  // MARK: - The head at the start

  /// `φ ≠ 0`, that is `(v₀·v*)² ≠ (v*·v*)²` with the aligned true head. Otherwise lower bounds on
  /// fine-tuning's error are vacuous.
  public var headIsMisaligned: Bool
  /// The start is not a saddle of the training loss. It is one when the head is zero and the features do
  /// not correlate with the labels, `B₀XᵀXw* = 0`: the flow then rests there for all time.
  public var startIsNotSaddle: Bool

  // MARK: - Statements

  /// Whether the lower bounds of ``FineTuningLowerBound`` apply.
  public var allowFineTuningLowerBound: Bool { featuresAreOrthonormal && pretrainedFeaturesLeaveInputs }

  /// Whether linear probing must win out of distribution as the pretrained features become perfect:
  /// `L_ood(LP)/inf_t L_ood(FT) → 0`.
  public var allowProbingToWinOutOfDistribution: Bool {
    featuresAreOrthonormal && secondMomentIsInvertible && labelsAreNoiseless && trueWeightsAreNonzero
      && inputsOutnumberFeatures && trueFeaturesAreSeen && trueFeaturesLeaveInputs && headIsMisaligned
  }

  /// Whether fine-tuning, where it converges to a minimum, must win in distribution.
  public var allowFineTuningToWinInDistribution: Bool {
    labelsAreNoiseless && inputsOutnumberFeatures && trueWeightsLeavePretrainedFeatures
      && augmentedFeaturesAreSeen
      && startIsNotSaddle
  }

  /// Whether probing and then fine-tuning has no error at any time.
  public var allowPerfectProbingThenFineTuning: Bool {
    labelsAreNoiseless && pretrainedFeaturesArePerfect && pretrainedFeaturesAreSeen
      && pretrainedFeaturesLeaveInputs
  }
}

extension TransferGeometry {
  /// The assumptions that the problem satisfies when fine-tuning starts at a head.
  ///
  /// - Parameter head: `v₀`, k finite numbers.
  public func assumptions(for head: [Double]) -> TransferAssumptions {
    precondition(head.count == featureCount, "The head must have one weight a feature")
    let zero = TransferAssumptions.tolerance
    let inner = BLAS.dot(head, alignedTrueHead)
    let alignmentScale = max(inner * inner, weightNorm * weightNorm * weightNorm * weightNorm)
    return TransferAssumptions(
      featuresAreOrthonormal: orthonormalityDeviation <= zero,
      secondMomentIsInvertible: oodLeastEigenvalue > zero * oodLargestEigenvalue,
      labelsAreNoiseless: labelsAreNoiseless, trueWeightsAreNonzero: weightNorm > 0,
      inputsOutnumberFeatures: featureCount < rank,
      complementOutnumbersFeatures: featureCount < inputDimension - rank,
      pretrainedFeaturesLeaveInputs: pretrainedToComplement > zero,
      pretrainedFeaturesAreSeen: pretrainedToInputs > zero,
      trueFeaturesLeaveInputs: trueToComplement > zero, trueFeaturesAreSeen: trueToInputs > zero,
      augmentedFeaturesAreSeen: augmentedToInputs > zero,
      pretrainedFeaturesArePerfect: featureDistance <= zero,
      trueWeightsLeavePretrainedFeatures: weightsOutsidePretrained > zero * weightNorm,
      inputsAreWhitened: conditionNumber <= 1 + zero,
      headIsMisaligned: squaredHeadAlignmentError(head: head) > zero * alignmentScale,
      startIsNotSaddle: headIsPulled || head.contains { $0 != 0 })
  }
}
