public import Keel
import RealModule

/// A mixed distribution on [0, 1]: mass at 0, mass at 1, and a density between.
///
/// An outcome is one number y, made of one number of noise by an increasing function that is cut off at 0 and 1.
public protocol UnitIntervalDistribution: PathwiseMixedDistribution, DivergentMixedDistribution
where Face == CubeFace, Noise == Double {
  /// ln P(Y = 0).
  var logLowerMass: Double { get }
  /// ln P(Y = 1).
  var logUpperMass: Double { get }
  /// ln P(0 < Y < 1).
  var logInteriorMass: Double { get }

  /// ln p(y), the logarithm of the density between 0 and 1; its integral is P(0 < Y < 1).
  ///
  /// - Parameter y: in (0, 1).
  func logInteriorDensity(_ y: Double) -> Double

  /// The outcome of some noise, in [0, 1].
  func value(of noise: Double) -> Double

  /// -∫ p ln p over (0, 1).
  func interiorEntropy() -> Double

  /// -∫ p ln q over (0, 1), with the density q of another distribution; ∞ where q is 0 and p is not.
  func interiorCrossEntropy(to other: Self) -> Double
}

extension UnitIntervalDistribution {
  /// 1.
  public var coordinateCount: Int { 1 }

  /// P(Y = 0).
  public var lowerMass: Double { Double.exp(logLowerMass) }
  /// P(Y = 1).
  public var upperMass: Double { Double.exp(logUpperMass) }
  /// P(0 < Y < 1), the expected dimension of the face.
  public var interiorMass: Double { Double.exp(logInteriorMass) }

  /// ln p⊕(y): the logarithm of a mass at 0 and 1, and of the density between.
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    let y = outcome[0]
    return y <= 0 ? logLowerMass : y >= 1 ? logUpperMass : logInteriorDensity(y)
  }

  /// ln P(F = f) of one of the three faces.
  public func logProbability(of face: CubeFace) -> Double {
    precondition(face.coordinateCount == 1, "A face of the unit interval has one coordinate.")
    return switch face[0] {
    case .zero: logLowerMass
    case .one: logUpperMass
    case .free: logInteriorMass
    }
  }

  /// The probabilities of an end and of the inside.
  public func dimensionLaw() -> [Double] { [lowerMass + upperMass, interiorMass] }

  /// H⊕, by the integral over the inside.
  public func entropy() -> MixedEntropy {
    let inside = interiorMass
    let faces = [logLowerMass, logUpperMass, logInteriorMass]
    return MixedEntropy(
      face: faces.reduce(0) { $0 - weighted(Double.exp($1), $1) },
      conditional: inside > 0 ? interiorEntropy() + weighted(inside, logInteriorMass) : 0,
      meanDimension: inside)
  }

  /// KL⊕(self ‖ other), by the integral over the inside.
  public func divergence(from other: Self) -> MixedDivergence {
    let inside = interiorMass
    let pairs = [
      (logLowerMass, other.logLowerMass), (logUpperMass, other.logUpperMass),
      (logInteriorMass, other.logInteriorMass),
    ]
    return MixedDivergence(
      face: pairs.reduce(0) { $0 + weighted(Double.exp($1.0), $1.0 - $1.1) },
      conditional: inside > 0
        ? interiorCrossEntropy(to: other) - interiorEntropy()
          - weighted(inside, logInteriorMass - other.logInteriorMass) : 0)
  }

  /// Draws outcomes.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    for i in outcomes.indices {
      let y = value(of: noise(using: &stream))
      // Rounding to Float must not move a point of the inside to an end.
      outcomes[i] =
        y <= 0 ? 0 : y >= 1 ? 1 : min(max(Scalar(y), Scalar.leastNormalMagnitude), Scalar(1).nextDown)
    }
  }

  /// The outcome of some noise.
  public func apply(_ noise: Double, to outcome: UnsafeMutableBufferPointer<Double>) {
    outcome[0] = value(of: noise)
  }
}

/// p x, and 0 for p = 0 even where x is infinite.
func weighted(_ p: Double, _ x: Double) -> Double { p == 0 ? 0 : p * x }
