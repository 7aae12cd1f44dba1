import RealModule

/// The mixed law on a polytope with the largest N-bit entropy: its density with respect to the direct-sum measure
/// depends on the dimension of the face alone, ln p⊕(y) = N ln 2 dim f - ln Z.
///
/// The N-bit entropy is log2 Z, the logarithm of the number of cells of side 2^-N
/// (``DirectSumMeasure/logTotal(resolution:)``).
public protocol MaximumEntropyDistribution: MixedDistribution {
  /// N, the number of bits of a free coordinate.
  var resolution: Double { get }
  /// ln Z, in nats.
  var logPartition: Double { get }
}

extension MaximumEntropyDistribution {
  /// The largest N-bit entropy of any law on the polytope, log2 Z.
  public var bits: Double { logPartition / Double.log(2) }

  /// ln p⊕ of every point of the faces of a dimension.
  ///
  /// - Parameter dimension: d.
  public func logDensity(ofDimension dimension: Int) -> Double {
    Double(dimension) * resolution * Double.log(2) - logPartition
  }
}

extension MixedDistribution {
  /// KL⊕ from a maximum-entropy law: ln Z - H⊕ - N ln 2 E dim F, which needs no more than the entropy and the law
  /// of the dimension.
  ///
  /// Its parts are -H(F) - E ln P_prior(F), and -h(Y | F) - E ln (density of the prior on F).
  ///
  /// - Parameter prior: a maximum-entropy law on the same polytope.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if the polytopes differ;
  ///   ``MixedError/notComputable(quantity:reason:)`` if the entropy must be estimated.
  public func divergence(
    from prior: some MaximumEntropyDistribution & MixedDistribution<Face>
  ) throws(MixedError) -> MixedDivergence where Face: CoordinateFace {
    guard coordinateCount == prior.coordinateCount else {
      throw .wrongShape(
        argument: "prior", expected: "a law of \(coordinateCount) coordinates",
        found: "one of \(prior.coordinateCount)")
    }
    let entropy = try entropy()
    // The prior is uniform on a face, with the density 1 / volume, which a size tells.
    var logVolume = 0.0
    for (dimension, probability) in try dimensionLaw().enumerated() where probability > 0 {
      logVolume += probability * Face.logVolume(ofDimension: dimension)
    }
    let total =
      prior.logPartition - entropy.total - prior.resolution * Double.log(2) * entropy.meanDimension
    let conditional = logVolume - entropy.conditional
    return MixedDivergence(
      face: total - conditional, conditional: conditional, standardError: entropy.standardError)
  }
}

/// Checks the parameters of a maximum-entropy law.
func validateMaximumEntropy(coordinateCount: Int, resolution: Double) throws(MixedError) {
  guard (1...1 << 30).contains(coordinateCount) else {
    throw .outOfRange(argument: "coordinateCount", expected: "in 1...2^30", found: "\(coordinateCount)")
  }
  guard resolution >= 0, resolution <= 0x1p20 else {
    throw .outOfRange(argument: "resolution", expected: "in 0...2^20", found: "\(resolution)")
  }
}
