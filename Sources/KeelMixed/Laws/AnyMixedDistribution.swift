public import Keel

/// Any mixed distribution on a kind of polytope, so that products and mixtures may have members of different types.
public struct AnyMixedDistribution<Face: PolytopeFace>: MixedDistribution {
  /// The distribution.
  public let base: any MixedDistribution<Face>

  /// Wraps a distribution.
  public init(_ base: some MixedDistribution<Face>) {
    self.base = base
  }

  /// The number of coordinates of an outcome.
  public var coordinateCount: Int { base.coordinateCount }

  /// Draws outcomes of the distribution.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    base.fillSamples(outcomes, using: &stream)
  }

  /// Checks that numbers are an outcome of the distribution.
  public func validate(_ outcome: UnsafeBufferPointer<Double>) throws(MixedError) {
    try base.validate(outcome)
  }

  /// The face with an outcome in its relative interior.
  public func face(of outcome: UnsafeBufferPointer<Double>) throws(MixedError) -> Face {
    try base.face(of: outcome)
  }

  /// ln p⊕ of the distribution.
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    base.logDensity(unchecked: outcome)
  }

  /// ln p⊕ of each outcome.
  public func logDensities(
    unchecked outcomes: UnsafeBufferPointer<Double>, into densities: UnsafeMutableBufferPointer<Double>
  ) {
    base.logDensities(unchecked: outcomes, into: densities)
  }

  /// ln P(F = f) of the distribution.
  public func logProbability(of face: Face) throws(MixedError) -> Double { try base.logProbability(of: face) }

  /// The probabilities of faces of dimension 0, 1, ...
  public func dimensionLaw() throws(MixedError) -> [Double] { try base.dimensionLaw() }

  /// The entropy of the distribution.
  public func entropy() throws(MixedError) -> MixedEntropy { try base.entropy() }
}
