public import Keel
import RealModule

/// The Hard Concrete law on [0, 1]: a binary Concrete variable, stretched to (γ, ζ) and cut off.
///
/// y = min(max(γ + (ζ - γ) s, 0), 1) with s = σ((L + ln α)/β) and logistic noise L. Then P(Y = 0) = σ(β ln(-γ/ζ) - ln α),
/// P(Y = 1) = σ(ln α - β ln((1 - γ)/(ζ - 1))), and 1 - P(Y = 0) is the expected number of gates that are open, the
/// L0 penalty. The entropy and the divergence are integrals.
///
/// The parameters are, in this order, ln α and β; γ and ζ are fixed.
///
/// Source: Louizos, Welling and Kingma (2018), *Learning sparse neural networks through L0 regularization*.
public struct HardConcrete: UnitIntervalDistribution, Equatable {
  /// ln α, the location.
  public let logAlpha: Double
  /// β, the temperature.
  public let temperature: Double
  /// γ and ζ, what (0, 1) is stretched to.
  public let stretch: ClosedRange<Double>

  /// A Hard Concrete law.
  ///
  /// - Parameters:
  ///   - logAlpha: ln α, finite.
  ///   - temperature: β, positive and finite.
  ///   - stretch: from γ below 0 to ζ above 1, both finite.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(
    logAlpha: Double, temperature: Double = 2.0 / 3, stretch: ClosedRange<Double> = -0.1...1.1
  ) throws(MixedError) {
    guard logAlpha.isFinite else {
      throw .outOfRange(argument: "logAlpha", expected: "finite", found: "\(logAlpha)")
    }
    guard temperature > 0, temperature.isFinite else {
      throw .outOfRange(argument: "temperature", expected: "positive and finite", found: "\(temperature)")
    }
    guard stretch.lowerBound < 0, stretch.upperBound > 1, stretch.lowerBound.isFinite,
      stretch.upperBound.isFinite
    else {
      throw .outOfRange(
        argument: "stretch", expected: "from below 0 to above 1, finite", found: "\(stretch)")
    }
    self.logAlpha = logAlpha
    self.temperature = temperature
    self.stretch = stretch
  }

  /// ζ - γ.
  private var width: Double { stretch.upperBound - stretch.lowerBound }
  /// logit of the s whose outcome is 0: ln(-γ/ζ).
  private var lowerLogit: Double { Double.log(-stretch.lowerBound / stretch.upperBound) }
  /// logit of the s whose outcome is 1: ln((1 - γ)/(ζ - 1)).
  private var upperLogit: Double { Double.log((1 - stretch.lowerBound) / (stretch.upperBound - 1)) }
  /// The noise of the outcome 0.
  private var lowerNoise: Double { temperature * lowerLogit - logAlpha }
  /// The noise of the outcome 1.
  private var upperNoise: Double { temperature * upperLogit - logAlpha }

  /// ln σ(β ln(-γ/ζ) - ln α).
  public var logLowerMass: Double { StandardLogistic.logCumulative(lowerNoise) }
  /// ln σ(ln α - β ln((1 - γ)/(ζ - 1))).
  public var logUpperMass: Double { StandardLogistic.logCumulative(-upperNoise) }
  /// The logarithm of what the ends leave.
  public var logInteriorMass: Double { StandardLogistic.logProbability(from: lowerNoise, to: upperNoise) }

  /// ln P(Y ≠ 0): the logarithm of the L0 penalty of one gate.
  public var logOpenProbability: Double { StandardLogistic.logCumulative(-lowerNoise) }

  /// The value that is used when nothing is drawn: the outcome of s = σ(ln α).
  public var testValue: Double {
    min(max(stretch.lowerBound + width * StandardLogistic.cumulative(logAlpha), 0), 1)
  }

  /// The logarithm of the density of the stretched variable.
  public func logInteriorDensity(_ y: Double) -> Double {
    let logit = self.logit(y)
    return StandardLogistic.logDensity(temperature * logit - logAlpha) - logSlope(logit)
  }

  /// A logistic number.
  public func noise(using stream: inout RandomStream) -> Double { StandardLogistic.draw(using: &stream) }

  /// min(max(γ + (ζ - γ) σ((L + ln α)/β), 0), 1).
  public func value(of noise: Double) -> Double {
    let s = StandardLogistic.cumulative((noise + logAlpha) / temperature)
    return min(max(stretch.lowerBound + width * s, 0), 1)
  }

  /// -∫ p ln p over (0, 1), by quadrature.
  public func interiorEntropy() -> Double {
    StandardLogistic.entropyIntegral(from: lowerNoise, to: upperNoise)
      + integral { logSlope(($0 + logAlpha) / temperature) }
  }

  /// -∫ p ln q over (0, 1), by quadrature.
  public func interiorCrossEntropy(to other: HardConcrete) -> Double {
    integral { -other.logInteriorDensity(min(max(value(of: $0), .leastNormalMagnitude), 1.0.nextDown)) }
  }

  /// ln α and β.
  public var parameters: [Double] { [logAlpha, temperature] }

  /// The law with another ln α and β, and the same stretch.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> HardConcrete {
    try requireParameters(parameters, count: 2)
    return try HardConcrete(logAlpha: parameters[0], temperature: parameters[1], stretch: stretch)
  }

  /// Adds a multiple of ∂ ln p⊕(y) / ∂(ln α, β).
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let y = outcome[0]
    // The derivative in the noise at which a face begins, or in that of an outcome inside.
    let (slope, logit): (Double, Double)
    if y <= 0 {
      (slope, logit) = (StandardLogistic.reverseHazard(lowerNoise), lowerLogit)
    } else if y >= 1 {
      (slope, logit) = (-StandardLogistic.reverseHazard(-upperNoise), upperLogit)
    } else {
      logit = self.logit(y)
      slope = StandardLogistic.logDensityDerivative(temperature * logit - logAlpha)
      gradient[1] += weight / temperature
    }
    gradient[0] -= weight * slope
    gradient[1] += weight * slope * logit
  }

  /// Adds g dy/d(ln α, β) for an outcome between 0 and 1, and nothing at the ends.
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    guard outcome[0] > 0, outcome[0] < 1 else { return }
    let logit = (noise + logAlpha) / temperature
    let slope = width * StandardLogistic.cumulative(logit) * StandardLogistic.cumulative(-logit) / temperature
    gradient[0] += cotangent[0] * slope
    gradient[1] -= cotangent[0] * slope * logit
  }

  /// logit of the s whose outcome is y.
  private func logit(_ y: Double) -> Double {
    Double.log((y - stretch.lowerBound) / (stretch.upperBound - y))
  }

  /// ln dy/dL at a logit of s.
  private func logSlope(_ logit: Double) -> Double {
    Double.log(width / temperature) + StandardLogistic.logDensity(logit)
  }

  /// The integral of a function of the noise, with the density of the noise, over the inside.
  private func integral(_ function: (Double) -> Double) -> Double {
    // Beyond 750 the density is 0.
    let (low, high) = (max(lowerNoise, -750), min(upperNoise, 750))
    guard low < high else { return 0 }
    return GaussKronrod.adaptive(from: low, to: high, splitAt: [0, -logAlpha]) { noise in
      weighted(Double.exp(StandardLogistic.logDensity(noise)), function(noise))
    }
  }
}
