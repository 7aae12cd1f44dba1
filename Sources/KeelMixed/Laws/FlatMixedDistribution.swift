/// A mixed distribution whose density with respect to the direct-sum measure depends on the dimension of the face
/// alone: it is uniform on every face, and faces of a dimension are equally probable, volume for volume.
///
/// The divergence of any law from it needs no more than the entropy of that law and its law of the dimension.
public protocol FlatMixedDistribution: MixedDistribution where Face: CoordinateFace {
  /// ln p⊕ of every point of the faces of a dimension.
  ///
  /// - Parameter dimension: d, of a face that the polytope has.
  func logDensity(ofDimension dimension: Int) -> Double
}

extension FlatMixedDistribution {
  /// ln p⊕(y): that of the dimension of the face of y.
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    logDensity(ofDimension: Face.dimension(of: outcome))
  }

  /// KL⊕ of another law from this one, -H⊕ - E ln p⊕(dim F), by the entropy of the other and its law of the
  /// dimension.
  ///
  /// Its parts are -H(F) - E ln P(F), and -h(Y | F) - E ln (density of this law on F).
  ///
  /// - Parameters:
  ///   - entropy: the entropy of the other law, exact or estimated.
  ///   - dimensionLaw: the probabilities of its faces of dimension 0, 1, ...
  /// - Returns: the standard error is that of the entropy.
  public func divergence(ofEntropy entropy: MixedEntropy, dimensionLaw: [Double]) -> MixedDivergence {
    // The density on a face is 1 / volume, and P(F) the rest.
    var (logProbability, logVolume) = (0.0, 0.0)
    for (dimension, probability) in dimensionLaw.enumerated() where probability > 0 {
      let volume = Face.logVolume(ofDimension: dimension)
      logVolume += probability * volume
      logProbability += probability * (logDensity(ofDimension: dimension) + volume)
    }
    return MixedDivergence(
      face: -entropy.face - logProbability, conditional: logVolume - entropy.conditional,
      standardError: entropy.standardError)
  }
}

extension MixedDistribution where Face: CoordinateFace {
  /// KL⊕ from a law that is flat on faces of a dimension, such as the maximum-entropy law: exact if the entropy is.
  ///
  /// - Parameter prior: a flat law on the same polytope.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if the polytopes differ;
  ///   ``MixedError/notComputable(quantity:reason:)`` if the entropy must be estimated: give the estimate to
  ///   ``FlatMixedDistribution/divergence(ofEntropy:dimensionLaw:)`` then.
  public func divergence(
    from prior: some FlatMixedDistribution & MixedDistribution<Face>
  ) throws(MixedError) -> MixedDivergence {
    guard coordinateCount == prior.coordinateCount else {
      throw .wrongShape(
        argument: "prior", expected: "a law of \(coordinateCount) coordinates",
        found: "one of \(prior.coordinateCount)")
    }
    return prior.divergence(ofEntropy: try entropy(), dimensionLaw: try dimensionLaw())
  }
}
