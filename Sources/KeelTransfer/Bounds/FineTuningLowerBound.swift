import Keel

/// Lower bounds on `√L_ood` along the whole path of fine-tuning.
///
/// Fine-tuning cannot change the features outside the span S of its inputs. If the head must move, and
/// it must when it starts misaligned, the features inside S move with it and no longer match those
/// outside: an error remains out of distribution, at every time. Both forms below say how large.
public struct FineTuningLowerBound: Sendable {
  /// `cos θ_max(R₀, S⊥)`.
  public let cosine: Double
  /// The squared head alignment error `φ²`.
  public let squaredAlignmentError: Double
  /// `(v₀·v*)²` with the aligned true head.
  public let squaredInnerProduct: Double
  /// `‖w*‖`.
  public let weightNorm: Double
  /// The feature distance ε between `B₀` and `B*`.
  public let featureDistance: Double
  /// The number of features k.
  public let featureCount: Int
  /// The smallest eigenvalue of Σ.
  public let oodLeastEigenvalue: Double

  /// The bounds for fine-tuning from a head on the pretrained features.
  ///
  /// - Parameters:
  ///   - geometry: the geometry of the problem.
  ///   - head: the head at the start, k.
  ///   - featureDistance: any ε at least the feature distance; nil takes the distance itself.
  public init(_ geometry: TransferGeometry, head: [Double], featureDistance: Double? = nil) {
    let inner = BLAS.dot(head, geometry.alignedTrueHead)
    self.init(
      cosine: geometry.pretrainedToComplement,
      squaredAlignmentError: geometry.squaredHeadAlignmentError(head: head),
      squaredInnerProduct: inner * inner, weightNorm: geometry.weightNorm,
      featureDistance: featureDistance ?? geometry.featureDistance, featureCount: head.count,
      oodLeastEigenvalue: geometry.oodLeastEigenvalue)
  }

  /// The bounds from the numbers that they are made of.
  public init(
    cosine: Double, squaredAlignmentError: Double, squaredInnerProduct: Double, weightNorm: Double,
    featureDistance: Double, featureCount: Int, oodLeastEigenvalue: Double = 1
  ) {
    self.cosine = cosine
    self.squaredAlignmentError = squaredAlignmentError
    self.squaredInnerProduct = squaredInnerProduct
    self.weightNorm = weightNorm
    self.featureDistance = featureDistance
    self.featureCount = featureCount
    self.oodLeastEigenvalue = oodLeastEigenvalue
  }

  /// The bound with the constants of the publication:
  /// `√σ_min(Σ) (cos θ/√k · min(φ, φ²/‖w*‖)/(1 + ‖w*‖)² - ε)`.
  ///
  /// It is not true for all problems: see the `transfer.fine-tuning-lower-bound` check.
  ///
  /// Source: Kumar et al. (2022), the lower bound on fine-tuning's out-of-distribution error, as stated
  /// in the submission (theorem 3.1).
  public var asPrinted: Double {
    let s = weightNorm
    let alignment = min(squaredAlignmentError.squareRoot(), s == 0 ? .infinity : squaredAlignmentError / s)
    let main = cosine / Double(featureCount).squareRoot() * alignment / ((1 + s) * (1 + s))
    return oodLeastEigenvalue.squareRoot() * (main - featureDistance)
  }

  /// The repaired bound: `√σ_min(Σ) (cos θ · max(x₁, x₂, 0) - ε‖w*‖)`.
  ///
  /// Let D be the error and `x = (D + ε‖w*‖)/cos θ`. Outside S the features are frozen, so a small error
  /// there forces `‖v - v*‖ ≤ x`. Balancedness in direction v* then bounds how far the alignment can
  /// have changed, `φ² ≤ Q(x)`, which gives `x₁ = Q⁻¹(φ²)`. Dropping the square of the part of w* that is
  /// learned in S leaves a second bound `x₂`, the better one for a very large initial head. There is no
  /// `√k`, and ε is multiplied by the norm of the weights, as units demand.
  public var repaired: Double {
    oodLeastEigenvalue.squareRoot() * (cosine * headDisplacement - featureDistance * weightNorm)
  }

  /// `max(x₁, x₂, 0)`: the least `(D + ε‖w*‖)/cos θ` that the alignment error permits, where D is the error
  /// at any time; 0 for `w* = 0`.
  public var headDisplacement: Double {
    let s = weightNorm
    guard s > 0 else { return 0 }
    let dropped = squaredInnerProduct - s * s * (1 - cosine * cosine)
    let x2 = (max(0, dropped).squareRoot() - s * s) / s
    return max(Self.headDisplacement(squaredAlignmentError: squaredAlignmentError, weightNorm: s), x2, 0)
  }

  /// `x₁ = Q⁻¹(φ²)`: how far the head must move from the true one for a given alignment error, where
  /// `Q(x) = E(2s + E) + s²x(2s + x)` and `E(x) = x(1 + √(1 + (s + x)²))`.
  ///
  /// Q increases from 0, so its inverse is unique; bisection on the exponent and then on the value finds
  /// it to the last bits.
  ///
  /// - Parameters:
  ///   - squaredAlignmentError: `φ²`, at least 0; infinity gives infinity and NaN gives NaN.
  ///   - s: the norm of the weights `‖w*‖`, positive.
  public static func headDisplacement(squaredAlignmentError: Double, weightNorm s: Double) -> Double {
    precondition(!(squaredAlignmentError < 0), "The squared alignment error cannot be negative")
    precondition(s > 0, "The norm of the weights must be positive")
    guard squaredAlignmentError != 0 else { return 0 }
    // A head so large that φ² overflows, or with a NaN, has no displacement to search for.
    guard squaredAlignmentError.isFinite else { return squaredAlignmentError }
    func q(_ x: Double) -> Double {
      let e = x * (1 + (1 + (s + x) * (s + x)).squareRoot())
      return e * (2 * s + e) + s * s * x * (2 * s + x)
    }
    var high = 1.0
    while q(high) < squaredAlignmentError { high *= 2 }
    var low = high
    while low > 0, q(low) > squaredAlignmentError { low /= 2 }
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return low }
      if q(middle) < squaredAlignmentError { low = middle } else { high = middle }
    }
  }
}

/// The upper bound on the out-of-distribution error of the linear probe:
/// `√L_ood ≤ √σ_max(Σ) ε ‖w*‖ (1 + ‖(XB₀ᵀ)⁺X‖₂)`.
///
/// It holds when `XB₀ᵀ` has rank k. The probe recovers the true head up to what the pretrained features
/// cannot express, `ε‖w*‖`, amplified by the inversion. Noisy labels move the probe by `(XB₀ᵀ)⁺ξ`, and add
/// `√σ_max(Σ) ‖(XB₀ᵀ)⁺ξ‖`: the features' rows are orthonormal.
public func linearProbeUpperBound(_ geometry: TransferGeometry, probe: LinearProbe) -> Double {
  let scale = geometry.oodLargestEigenvalue.squareRoot()
  let features = scale * geometry.featureDistance * geometry.weightNorm * (1 + probe.amplification)
  return features + scale * probe.amplifiedLabelNoise
}
