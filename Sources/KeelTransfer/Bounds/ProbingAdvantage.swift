import Keel

/// A condition under which linear probing beats fine-tuning out of distribution at every time, with the
/// numbers on both sides.
///
/// The probe errs by at most what the pretrained features cannot express, amplified; fine-tuning errs by
/// at least what the head's displacement costs outside the training inputs, less what the features cannot
/// express. With `c = cos θ_max(R₀, S⊥)`, `A = ‖(XB₀ᵀ)⁺X‖₂` and the displacement x of
/// ``FineTuningLowerBound/headDisplacement``,
///
///     √L_ood(LP) ≤ √σ_max(Σ) ε‖w*‖ (1 + A)      and      √L_ood(FT, t) ≥ √σ_min(Σ) (c x - ε‖w*‖)
///
/// for all t, so that probing wins whenever
///
///     ε‖w*‖ ((1 + A)√σ_max(Σ) + √σ_min(Σ)) < √σ_min(Σ) c x.
///
/// Noisy labels add `√σ_max(Σ) ‖(XB₀ᵀ)⁺ξ‖` to the probe's bound and to the left side; fine-tuning's bound
/// holds for any labels. For Σ = I and noiseless labels this is `ε‖w*‖(2 + A) < c x`. Since
/// `A ≤ κ(X)/cos θ_max(R₀, S)`, the condition with that ratio in place of A is sufficient too: see
/// ``conditionNumberForm``.
///
/// This is the explicit form of a limit that is published in two versions. The submission states that the
/// ratio of losses, probing to fine-tuning, vanishes as ε → 0 for Gaussian inputs and the worst-case loss,
/// which is Σ = I here; the camera-ready version allows any inputs on a subspace that sees `B*`, any
/// invertible Σ, and the least loss along the path of fine-tuning. Both follow: as ε → 0 the left side
/// vanishes and the right side does not, unless the head is aligned or a cosine is zero.
///
/// ```swift
/// let advantage = ProbingAdvantage(geometry, head: head, probe: try LinearProbe(reduced, from: head))
/// if advantage.holds { print("Probing wins at every time.") }
/// ```
///
/// Source: derived from ``FineTuningLowerBound/repaired`` and ``linearProbeUpperBound(_:probe:)``; for the
/// limit Kumar et al. (2022), section 3.
public struct ProbingAdvantage: Sendable, Equatable {
  /// The two sides of a condition, of which the first must be smaller.
  public struct Sides: Sendable, Equatable {
    /// What the pretrained features cannot express, amplified.
    public let featureError: Double
    /// What the misaligned head costs fine-tuning.
    public let displacementError: Double

    /// Whether the condition holds; never if a side is NaN.
    public var holds: Bool { featureError < displacementError }
    /// By how much it holds, negative if it does not: a lower bound on
    /// `√L_ood(FT, t) - √L_ood(LP)` for all t.
    public var margin: Double { displacementError - featureError }
  }

  /// The condition with the amplification `‖(XB₀ᵀ)⁺X‖₂` of the probe: the sharper form.
  public let amplificationForm: Sides
  /// The condition with `κ(X)/cos θ_max(R₀, S)`, which bounds the amplification.
  public let conditionNumberForm: Sides
  /// The upper bound on `√L_ood` of the probe, infinite when the probe is not unique or labels are noisy.
  public let probingUpperBound: Double
  /// The lower bound on `√L_ood` of fine-tuning at every time; it can be negative, and then says nothing.
  public let fineTuningLowerBound: Double

  /// Whether probing is certain to win: the sharper form holds.
  public var holds: Bool { amplificationForm.holds }

  /// A bound on the ratio `L_ood(LP)/inf_t L_ood(FT)`, or infinity if fine-tuning's bound says nothing.
  public var lossRatioBound: Double {
    guard fineTuningLowerBound > 0 else { return .infinity }
    let ratio = probingUpperBound / fineTuningLowerBound
    return ratio * ratio
  }

  /// The condition for a problem.
  ///
  /// - Parameters:
  ///   - geometry: the geometry of the problem.
  ///   - head: the head from which fine-tuning starts, k.
  ///   - probe: the linear probe of the pretrained features of the same problem. If it is not unique, or if
  ///     labels carry noise, nothing bounds its error, and the condition fails.
  public init(_ geometry: TransferGeometry, head: [Double], probe: LinearProbe) {
    let bound = FineTuningLowerBound(geometry, head: head)
    let missing = bound.featureDistance * bound.weightNorm
    let (least, largest) = (
      geometry.oodLeastEigenvalue.squareRoot(), geometry.oodLargestEigenvalue.squareRoot()
    )
    let displacement = least * bound.cosine * bound.headDisplacement
    func sides(_ amplification: Double) -> Sides {
      Sides(
        featureError: amplification.isFinite
          ? missing * (largest * (1 + amplification) + least) + largest * probe.amplifiedLabelNoise
          : .infinity,
        displacementError: displacement)
    }
    let isBounded = probe.isUnique && geometry.labelsAreNoiseless
    amplificationForm = sides(isBounded ? probe.amplification : .infinity)
    conditionNumberForm = sides(
      isBounded ? geometry.conditionNumber / geometry.pretrainedToInputs : .infinity)
    probingUpperBound = isBounded ? linearProbeUpperBound(geometry, probe: probe) : .infinity
    fineTuningLowerBound = bound.repaired
  }
}
