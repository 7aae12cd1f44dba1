import RealModule

// For laws whose outcomes lie on a segment: one number in [0, 1], or two that sum to 1.

extension MixedDistribution {
  /// The integral of p⊕ over the polytope by quadrature: 1, unless the density is wrong.
  ///
  /// - Returns: accurate to about 1e-12 if no peak is narrower than 1e-4.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates.
  public func integratedDensity() throws(MixedError) -> Double {
    let segment = try Segment.required(of: self, for: "the integral of the density")
    let ends = segment.logEnds
    return try Double.exp(ends.0) + Double.exp(ends.1)
      + segment.integrate(checkingMass: false) { _, _ in 0 }.mass
  }

  /// E g(Y) by quadrature.
  ///
  /// - Parameter function: g, of the coordinates of an outcome; smooth between the vertices.
  /// - Returns: accurate to about 1e-12 of the larger of the mean and 1.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates,
  ///   or if the density does not integrate to 1.
  public func integratedMean(of function: ([Double]) -> Double) throws(MixedError) -> Double {
    let segment = try Segment.required(of: self, for: "the mean")
    let ends = segment.logEnds
    let atEnds =
      segment.withPoint(0, rest: 1) { Double.exp(ends.0) * function(Array($0)) }
      + segment.withPoint(1, rest: 0) { Double.exp(ends.1) * function(Array($0)) }
    return try atEnds + segment.integrate { Double.exp($1) * function(Array($0)) }.value
  }

  /// H⊕ and its parts by quadrature of the density.
  ///
  /// - Returns: accurate to about 1e-12 of the larger of the entropy and 1.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates,
  ///   or if the density does not integrate to 1.
  public func integratedEntropy() throws(MixedError) -> MixedEntropy {
    let segment = try Segment.required(of: self, for: "the entropy")
    let ends = segment.logEnds
    let (mass, inside) = try segment.integrate { -Double.exp($1) * $1 }
    return MixedEntropy(
      face: -weighted(Double.exp(ends.0), ends.0) - weighted(Double.exp(ends.1), ends.1) - mass
        * Double.log(max(mass, .leastNormalMagnitude)),
      conditional: inside + mass * Double.log(max(mass, .leastNormalMagnitude)), meanDimension: mass)
  }

  /// KL⊕(self ‖ other) and its parts by quadrature of the densities.
  ///
  /// - Parameter other: a law on the same segment.
  /// - Returns: accurate to about 1e-12 of the larger of the divergence and 1; infinite where this law has mass that
  ///   the other lacks.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates,
  ///   or if a density does not integrate to 1.
  public func integratedDivergence(
    from other: some MixedDistribution<Face>
  ) throws(MixedError) -> MixedDivergence {
    checkPolytope(of: other)
    let segment = try Segment.required(of: self, for: "the divergence")
    let peer = try Segment.required(of: other, for: "the divergence")
    let (ends, peerEnds) = (segment.logEnds, peer.logEnds)
    let (mass, inside) = try segment.integrate { point, logDensity in
      let difference = logDensity - other.logDensity(unchecked: point)
      let density = Double.exp(logDensity)
      return density > 0 ? density * difference : 0
    }
    let peerMass = try peer.integrate { _, _ in 0 }.mass
    let between = mass > 0 ? mass * Double.log(mass / peerMass) : 0
    return MixedDivergence(
      face: weighted(Double.exp(ends.0), ends.0 - peerEnds.0)
        + weighted(Double.exp(ends.1), ends.1 - peerEnds.1) + between,
      conditional: inside.isFinite ? inside - between : .infinity)
  }
}
