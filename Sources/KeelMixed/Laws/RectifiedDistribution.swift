public import Keel
import RealModule

/// The law of min(max(x, 0), 1), where x = location + scale ε and ε follows a symmetric law.
///
/// P(Y = 0) = F(-location/scale), P(Y = 1) = F((location - 1)/scale), and between 0 and 1 the density is that of x.
/// For normal noise this is the double-sided rectified Gaussian, which is also the first coordinate of the
/// Gaussian-Sparsemax of two scores. The masses, the density and its derivatives, the entropy and, except for
/// logistic noise, the divergence are closed forms.
///
/// ```swift
/// let law = try RectifiedGaussian(location: 0.3, scale: 0.5)
/// print(law.lowerMass, law.upperMass, law.entropy().bits())
/// ```
///
/// The parameters are, in this order, the location and the scale.
///
/// Source: Farinhas et al. (2022), section 3, with the second moment weighted by ½ where the code that came with
/// it has σ/2.
public struct RectifiedDistribution<Law: SymmetricLaw>: UnitIntervalDistribution, Equatable {
  /// The number that the noise is centred at.
  public let location: Double
  /// What the noise is multiplied with.
  public let scale: Double

  /// The law of a cut off location-scale variable.
  ///
  /// - Parameters:
  ///   - location: finite.
  ///   - scale: positive and finite.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(location: Double, scale: Double) throws(MixedError) {
    guard location.isFinite else {
      throw .outOfRange(argument: "location", expected: "finite", found: "\(location)")
    }
    guard scale > 0, scale.isFinite else {
      throw .outOfRange(argument: "scale", expected: "positive and finite", found: "\(scale)")
    }
    self.location = location
    self.scale = scale
  }

  /// The noise of the outcome 0: what lies below becomes 0.
  private var lower: Double { -location / scale }
  /// The noise of the outcome 1: what lies above becomes 1.
  private var upper: Double { (1 - location) / scale }

  /// ln F(-location / scale).
  public var logLowerMass: Double { Law.logCumulative(lower) }
  /// ln F((location - 1) / scale).
  public var logUpperMass: Double { Law.logCumulative(-upper) }
  /// The logarithm of what the ends leave.
  public var logInteriorMass: Double { Law.logProbability(from: lower, to: upper) }

  /// ln f((y - location) / scale) - ln scale.
  public func logInteriorDensity(_ y: Double) -> Double {
    Law.logDensity((y - location) / scale) - Double.log(scale)
  }

  /// A number from the symmetric law.
  public func noise(using stream: inout RandomStream) -> Double { Law.draw(using: &stream) }

  /// min(max(location + scale ε, 0), 1).
  public func value(of noise: Double) -> Double { min(max(location + scale * noise, 0), 1) }

  /// -∫ p ln p over (0, 1), in closed form.
  public func interiorEntropy() -> Double {
    Law.entropyIntegral(from: lower, to: upper) + weighted(interiorMass, Double.log(scale))
  }

  /// -∫ p ln q over (0, 1); in closed form, but for logistic noise.
  public func interiorCrossEntropy(to other: RectifiedDistribution) -> Double {
    Law.crossEntropyIntegral(
      from: lower, to: upper, scale: scale / other.scale, shift: (location - other.location) / other.scale)
      + weighted(interiorMass, Double.log(other.scale))
  }

  /// The location and the scale.
  public var parameters: [Double] { [location, scale] }

  /// The law with another location and scale.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> RectifiedDistribution {
    try requireParameters(parameters, count: 2)
    return try RectifiedDistribution(location: parameters[0], scale: parameters[1])
  }

  /// Adds a multiple of ∂ ln p⊕(y) / ∂(location, scale).
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let y = outcome[0]
    let factor = weight / scale
    if y <= 0 {
      let hazard = Law.reverseHazard(lower)
      gradient[0] -= factor * hazard
      gradient[1] -= factor * weighted(hazard, lower)
    } else if y >= 1 {
      let hazard = Law.reverseHazard(-upper)
      gradient[0] += factor * hazard
      gradient[1] += factor * weighted(hazard, upper)
    } else {
      let noise = (y - location) / scale
      let slope = Law.logDensityDerivative(noise)
      gradient[0] -= factor * slope
      gradient[1] -= factor * (1 + noise * slope)
    }
  }

  /// Adds g (1, ε) for an outcome between 0 and 1, and nothing at the ends.
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    guard outcome[0] > 0, outcome[0] < 1 else { return }
    gradient[0] += cotangent[0]
    gradient[1] += cotangent[0] * noise
  }
}

/// The law of min(max(x, 0), 1) for normal x.
public typealias RectifiedGaussian = RectifiedDistribution<StandardNormal>
/// The law of min(max(x, 0), 1) for logistic x.
public typealias RectifiedLogistic = RectifiedDistribution<StandardLogistic>
/// The law of min(max(x, 0), 1) for x with a Laplace law.
public typealias RectifiedLaplace = RectifiedDistribution<StandardLaplace>
/// The law of min(max(x, 0), 1) for x uniform on an interval.
public typealias RectifiedUniform = RectifiedDistribution<StandardUniform>

extension RectifiedDistribution<StandardNormal> {
  /// The law of the first coordinate of sparsemax(z₁, z₂) for independent normal scores: that of N(m, v²) cut off,
  /// with m = (1 + μ₁ - μ₂)/2 and v² = (σ₁² + σ₂²)/4.
  ///
  /// - Parameters:
  ///   - means: μ, finite.
  ///   - deviations: σ, not negative and finite, not both 0.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(
    scoresWithMeans means: (Double, Double), deviations: (Double, Double)
  ) throws(MixedError) {
    for deviation in [deviations.0, deviations.1] where !(deviation >= 0) {
      throw .outOfRange(argument: "deviation", expected: "not negative", found: "\(deviation)")
    }
    try self.init(
      location: 0.5 + 0.5 * (means.0 - means.1),
      scale: 0.5 * Double.hypot(deviations.0, deviations.1))
  }
}

/// Checks the number of parameters.
func requireParameters(_ parameters: [Double], count: Int) throws(MixedError) {
  guard parameters.count == count else {
    throw .wrongShape(
      argument: "parameters", expected: "\(count) numbers", found: "\(parameters.count) numbers")
  }
}
