public import Keel
import RealModule

/// A mixture of mixed distributions: a component is chosen, then an outcome of it.
///
/// The joint law of the component X and the outcome Y gives the mutual information of the two,
/// I⊕(X; Y) = H⊕(Y) - H⊕(Y | X) = E KL⊕(p(y | X) ‖ p(y)).
public struct MixtureDistribution<Law: MixedDistribution>: MixedDistribution {
  /// The faces of the polytope.
  public typealias Face = Law.Face

  /// The laws that are mixed.
  public let components: [Law]
  /// The probabilities of the components, which sum to 1.
  public let weights: [Double]

  /// A mixture of laws on one polytope.
  ///
  /// - Parameters:
  ///   - components: at least one, with the same number of coordinates.
  ///   - weights: numbers in proportion to the probabilities of the components, one each: finite, not negative, of a
  ///     positive finite sum. Equal ones if nil.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` or
  ///   ``MixedError/outOfRange(argument:expected:found:)``.
  public init(_ components: [Law], weights: [Double]? = nil) throws(MixedError) {
    guard let first = components.first else {
      throw .outOfRange(argument: "components", expected: "at least one", found: "none")
    }
    for (index, component) in components.enumerated()
    where component.coordinateCount != first.coordinateCount {
      throw .wrongShape(
        argument: "component \(index)", expected: "a law of \(first.coordinateCount) coordinates",
        found: "one of \(component.coordinateCount)")
    }
    let weights = weights ?? Array(repeating: 1, count: components.count)
    guard weights.count == components.count else {
      throw .wrongShape(
        argument: "weights", expected: "\(components.count) numbers", found: "\(weights.count)")
    }
    self.components = components
    self.weights = try normalizedWeights(weights)
  }

  private init(components: [Law], weights: [Double]) {
    self.components = components
    self.weights = weights
  }

  /// The number of coordinates of an outcome.
  public var coordinateCount: Int { components[0].coordinateCount }

  /// Draws a component for each outcome, then the outcome.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    for start in stride(from: 0, to: outcomes.count, by: coordinateCount) {
      let outcome = UnsafeMutableBufferPointer(rebasing: outcomes[start..<start + coordinateCount])
      components[drawComponent(stream.uniform())].fillSamples(outcome, using: &stream)
    }
  }

  /// The component that the distribution function of the weights has at a uniform number.
  private func drawComponent(_ uniform: Double) -> Int {
    var rest = uniform
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return index }
    }
    // The sum of the weights may round to less than the number.
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// Checks that numbers are an outcome of the first component.
  public func validate(_ outcome: UnsafeBufferPointer<Double>) throws(MixedError) {
    try components[0].validate(outcome)
  }

  /// The face with an outcome in its relative interior.
  public func face(of outcome: UnsafeBufferPointer<Double>) throws(MixedError) -> Face {
    try components[0].face(of: outcome)
  }

  /// ln Σ w p⊕(y).
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    logMixture { component in component.logDensity(unchecked: outcome) }
  }

  /// ln Σ w P(F = f).
  ///
  /// - Parameter face: a face of the polytope.
  /// - Throws: what the components throw.
  public func logProbability(of face: Face) throws(MixedError) -> Double {
    try logMixture { (component) throws(MixedError) in try component.logProbability(of: face) }
  }

  /// The mixture of the laws of the dimension.
  public func dimensionLaw() throws(MixedError) -> [Double] {
    var law: [Double] = []
    for (component, weight) in zip(components, weights) {
      let part = try component.dimensionLaw()
      law += Array(repeating: 0, count: max(0, part.count - law.count))
      for (dimension, probability) in part.enumerated() { law[dimension] += weight * probability }
    }
    return law
  }

  /// H⊕ and its parts, by quadrature.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates.
  public func entropy() throws(MixedError) -> MixedEntropy { try integratedEntropy() }

  /// I⊕(X; Y) of the component and the outcome by quadrature, in nats: the part that the face tells, I(X; F), and the
  /// part that the point within the face adds, I(X; Y | F).
  ///
  /// - Returns: accurate to about 1e-12 of the larger of the information and 1.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates,
  ///   or if a density does not integrate to 1.
  public func mutualInformation() throws(MixedError) -> MixedDivergence {
    var sum = MixedDivergence(face: 0, conditional: 0)
    for (component, weight) in zip(components, weights) where weight > 0 {
      sum += weight * (try component.integratedDivergence(from: self))
    }
    return sum
  }

  /// An estimate of I⊕(X; Y) of the component and the outcome, in nats, from samples of each component.
  ///
  /// - Parameters:
  ///   - samples: how many of each component; at least 1.
  ///   - stream: whose derived streams the samples come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  public func estimateMutualInformation(
    samples: Int, using stream: RandomStream, threads: Int? = nil
  ) -> Estimate {
    var (value, variance, count) = (0.0, 0.0, 0)
    for (index, (component, weight)) in zip(components, weights).enumerated() where weight > 0 {
      let part = component.estimateDivergence(
        from: self, samples: samples, using: stream.stream(index), threads: threads)
      value += weight * part.value
      variance += weight * weight * part.standardError * part.standardError
      count += part.count
    }
    return Estimate(value: value, standardError: variance.squareRoot(), count: count)
  }

  /// ln Σ w exp(term), without overflow.
  private func logMixture<Failure: Error>(
    _ term: (Law) throws(Failure) -> Double
  ) throws(Failure) -> Double {
    var (largest, sum) = (-Double.infinity, 0.0)
    for (component, weight) in zip(components, weights) where weight > 0 {
      let value = try term(component)
      guard value > -.infinity else { continue }
      guard value < .infinity else { return .infinity }
      if value > largest {
        sum = sum * Double.exp(largest - value) + weight
        largest = value
      } else {
        sum += weight * Double.exp(value - largest)
      }
    }
    return sum > 0 ? largest + Double.log(sum) : -.infinity
  }
}

extension MixtureDistribution: DivergentMixedDistribution {
  /// KL⊕ from another mixture of such laws, by quadrature.
  ///
  /// - Parameter other: a mixture on the same segment.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` unless outcomes lie in [0, 1] or have two coordinates.
  public func divergence(from other: MixtureDistribution) throws(MixedError) -> MixedDivergence {
    try integratedDivergence(from: other)
  }
}

extension MixtureDistribution: DifferentiableMixedDistribution where Law: DifferentiableMixedDistribution {
  /// The parameters of the components, one after the other. The weights are fixed.
  public var parameters: [Double] { components.flatMap(\.parameters) }

  /// The mixture, with the same weights, of the components with other parameters.
  ///
  /// - Parameter parameters: as many as ``parameters`` has.
  /// - Throws: ``MixedError`` if they are outside their range.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> MixtureDistribution {
    MixtureDistribution(
      components: try ProductDistribution(components).withParameters(parameters).factors, weights: weights)
  }

  /// Adds the scores of the components, each times the probability of the component given the outcome.
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    let total = logDensity(unchecked: outcome)
    var start = 0
    for (component, prior) in zip(components, weights) {
      let end = start + component.parameters.count
      let posterior = prior * Double.exp(component.logDensity(unchecked: outcome) - total)
      if posterior > 0 {
        component.addScore(
          unchecked: outcome, weight: weight * posterior,
          into: UnsafeMutableBufferPointer(rebasing: gradient[start..<end]))
      }
      start = end
    }
  }
}

/// Weights over their sum.
func normalizedWeights(_ weights: [Double]) throws(MixedError) -> [Double] {
  for (index, weight) in weights.enumerated() where !(weight >= 0 && weight.isFinite) {
    throw .outOfRange(argument: "weight \(index)", expected: "finite and not negative", found: "\(weight)")
  }
  let sum = weights.reduce(0, +)
  guard sum > 0, sum.isFinite else {
    throw .outOfRange(argument: "the sum of the weights", expected: "positive and finite", found: "\(sum)")
  }
  return weights.map { $0 / sum }
}
