/// How far training is from keeping what gradient flow keeps.
///
/// Gradient flow leaves the features outside the span S of the training inputs as they are, and leaves
/// `vvᵀ - BBᵀ` constant. The lower bounds on the error of fine-tuning rest on both.
public struct InvariantDrift: Sendable, Equatable {
  /// `‖(B - B₀)F⊥‖_F`: how far the features moved outside S (invariant I1).
  public var rowSpace: Double
  /// The largest entry of the change of `vvᵀ - BBᵀ` since the start (invariant I2, balancedness).
  public var imbalance: Double
}
