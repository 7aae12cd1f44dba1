public import Keel

/// The law of a random variable that is discrete and continuous at once: it chooses a face of a polytope, and a
/// point in its relative interior.
///
/// With respect to the direct-sum measure (see ``PolytopeFace``) the density is p⊕(y) = P(F = f) p(y | f), where f
/// is the face of y. Logarithms are natural and information is in nats, unless a name says bits.
///
/// This protocol is the low level: what depends on data of the caller is checked in its extensions.
///
/// Source: Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*.
public protocol MixedDistribution<Face>: Sendable {
  /// The faces of the polytope.
  associatedtype Face: PolytopeFace

  /// The number K of coordinates of an outcome.
  var coordinateCount: Int { get }

  /// Draws outcomes, row after row.
  ///
  /// What is drawn depends on the stream and the scalar type alone. Every outcome lies in the relative interior
  /// of the face that was drawn: a coordinate that underflows becomes the smallest normal number.
  ///
  /// - Parameters:
  ///   - outcomes: room for a whole number of outcomes of ``coordinateCount`` each.
  ///   - stream: where the numbers come from.
  func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream)

  /// ln p⊕(y) with respect to the direct-sum measure: -∞ where the density is 0.
  ///
  /// - Parameter outcome: a point of the polytope, of ``coordinateCount`` coordinates.
  func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double

  /// ln p⊕ of outcomes, row after row; ``logDensity(unchecked:)`` of each by default.
  ///
  /// - Parameters:
  ///   - outcomes: points of the polytope.
  ///   - densities: where the logarithms go, one an outcome.
  func logDensities(
    unchecked outcomes: UnsafeBufferPointer<Double>, into densities: UnsafeMutableBufferPointer<Double>)

  /// Checks that numbers are an outcome: as many as there are coordinates, and a point of the polytope.
  ///
  /// By default they are if ``CoordinateFace/validate(_:)`` of the faces says so.
  ///
  /// - Parameter outcome: what should be an outcome.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` or
  ///   ``MixedError/outsidePolytope(argument:reason:)``.
  func validate(_ outcome: UnsafeBufferPointer<Double>) throws(MixedError)

  /// The face with an outcome in its relative interior; what its coordinates tell by default.
  ///
  /// - Parameter outcome: a point of the polytope, of ``coordinateCount`` coordinates.
  /// - Throws: ``MixedError/outsidePolytope(argument:reason:)`` if a coordinate is outside its range.
  func face(of outcome: UnsafeBufferPointer<Double>) throws(MixedError) -> Face

  /// ln P(F = f).
  ///
  /// - Parameter face: a face of the polytope.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` if that takes more than enumeration or quadrature can
  ///   do.
  func logProbability(of face: Face) throws(MixedError) -> Double

  /// The probabilities of faces of dimension 0, 1, ...
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)``.
  func dimensionLaw() throws(MixedError) -> [Double]

  /// The entropy H⊕ and its parts, exact or by quadrature.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)``; estimate it then.
  func entropy() throws(MixedError) -> MixedEntropy
}

extension MixedDistribution {
  /// ln p⊕ of each outcome.
  public func logDensities(
    unchecked outcomes: UnsafeBufferPointer<Double>, into densities: UnsafeMutableBufferPointer<Double>
  ) {
    let count = coordinateCount
    for row in densities.indices {
      densities[row] = logDensity(
        unchecked: UnsafeBufferPointer(rebasing: outcomes[(row * count)..<((row + 1) * count)]))
    }
  }
}

extension MixedDistribution where Face: CoordinateFace {
  /// Checks that there are as many numbers as coordinates, and that they are a point of the polytope.
  public func validate(_ outcome: UnsafeBufferPointer<Double>) throws(MixedError) {
    guard outcome.count == coordinateCount else {
      throw .wrongShape(
        argument: "outcome", expected: "of \(coordinateCount) coordinates", found: "of \(outcome.count)")
    }
    try Face.validate(outcome)
  }

  /// The face that the coordinates of an outcome tell.
  public func face(of outcome: UnsafeBufferPointer<Double>) throws(MixedError) -> Face {
    try Face(of: outcome)
  }
}

/// A mixed distribution whose divergence from another of its kind is exact, or computed by quadrature.
public protocol DivergentMixedDistribution: MixedDistribution {
  /// KL⊕(self ‖ other), and its parts.
  ///
  /// - Parameter other: a distribution on the same polytope.
  /// - Returns: infinite where this distribution has mass that the other lacks.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if the polytopes differ;
  ///   ``MixedError/notComputable(quantity:reason:)`` if it must be estimated.
  func divergence(from other: Self) throws(MixedError) -> MixedDivergence
}

/// A mixed distribution with parameters that its density is differentiable in.
public protocol DifferentiableMixedDistribution: MixedDistribution {
  /// The parameters θ as one vector, in the order that the type documents.
  var parameters: [Double] { get }

  /// The distribution of the same kind with other parameters.
  ///
  /// - Parameter parameters: as many as ``parameters`` has.
  /// - Throws: ``MixedError`` if they are outside their range.
  func withParameters(_ parameters: [Double]) throws(MixedError) -> Self

  /// Adds a multiple of the score, ∂ ln p⊕(y) / ∂θ.
  ///
  /// - Parameters:
  ///   - outcome: a point of the polytope with a positive density.
  ///   - weight: the factor.
  ///   - gradient: what is added to, one number a parameter.
  func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>)
}

/// A mixed distribution whose outcomes depend on its parameters smoothly, for fixed noise and a fixed face.
///
/// The gradient of an expectation is that of the outcome, along its path, plus the covariance with the score of
/// what was drawn discretely, if anything was.
public protocol PathwiseMixedDistribution: DifferentiableMixedDistribution {
  /// What an outcome is made of besides the parameters.
  associatedtype Noise: Sendable

  /// Draws noise.
  func noise(using stream: inout RandomStream) -> Noise

  /// The outcome of some noise.
  ///
  /// - Parameters:
  ///   - noise: what ``noise(using:)`` drew.
  ///   - outcome: room for ``MixedDistribution/coordinateCount`` coordinates.
  func apply(_ noise: Noise, to outcome: UnsafeMutableBufferPointer<Double>)

  /// Adds (∂y/∂θ)ᵀg at the outcome y of some noise.
  ///
  /// - Parameters:
  ///   - cotangent: g, the derivative of an objective with respect to the outcome.
  ///   - outcome: y.
  ///   - noise: the noise of y.
  ///   - gradient: what is added to, one number a parameter.
  func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: Noise,
    into gradient: UnsafeMutableBufferPointer<Double>)

  /// Adds a multiple of the score of what was drawn discretely: ∂ ln P(F = f) / ∂θ if faces are drawn first.
  /// Nothing by default.
  ///
  /// - Parameters:
  ///   - noise: what was drawn.
  ///   - weight: the factor.
  ///   - gradient: what is added to, one number a parameter.
  func addDiscreteScore(of noise: Noise, weight: Double, into gradient: UnsafeMutableBufferPointer<Double>)
}

extension PathwiseMixedDistribution {
  /// Nothing: the outcome is a continuous function of the noise and the parameters.
  public func addDiscreteScore(
    of noise: Noise, weight: Double, into gradient: UnsafeMutableBufferPointer<Double>
  ) {}
}
