import RealModule

/// The log-density of a ``RectifiedDistribution`` as published code computes it, with a constant in the masses.
///
/// The code adds ε = 1e-4 to the probabilities of 0 and of 1 before it takes logarithms, so that these are finite. The
/// result is no density: its integral is 1 + 2ε, and masses below ε are off by more than themselves. It is here to
/// reproduce numbers; ``RectifiedDistribution`` needs no such constant.
public struct PublishedRectifiedDistribution<Law: SymmetricLaw>: Sendable, Equatable {
  /// The distribution that was meant.
  public let distribution: RectifiedDistribution<Law>
  /// ε, what is added to masses.
  public let constant: Double

  /// The published form of a distribution.
  ///
  /// - Parameters:
  ///   - distribution: the distribution that was meant.
  ///   - constant: ε, not negative.
  public init(_ distribution: RectifiedDistribution<Law>, constant: Double = 1e-4) {
    self.distribution = distribution
    self.constant = constant
  }

  /// ln(P(Y = 0) + ε).
  public var logLowerMass: Double { Double.log(distribution.lowerMass + constant) }

  /// ln(P(Y = 1) + ε).
  public var logUpperMass: Double { Double.log(distribution.upperMass + constant) }

  /// What the published formulas add up to where the total of a law is 1: 1 + 2ε.
  public var total: Double {
    Double.exp(logLowerMass) + distribution.interiorMass + Double.exp(logUpperMass)
  }

  /// The published log-density.
  ///
  /// - Parameter y: in [0, 1].
  public func logDensity(_ y: Double) -> Double {
    y <= 0 ? logLowerMass : y >= 1 ? logUpperMass : distribution.logInteriorDensity(y)
  }
}
