public import Keel

/// The law of independent random variables: an outcome is one outcome of each factor, one after the other.
///
/// On products of simplices a face is a ``ProductFace``; factors on [0, 1] make a law on the cube. Entropies and
/// divergences of the factors add up.
///
/// ```swift
/// let pair = try ProductDistribution([MaximumEntropySimplex(coordinateCount: 3), MaximumEntropySimplex(coordinateCount: 5)])
/// ```
///
/// Factors of different types are wrapped in ``AnyMixedDistribution``.
public struct ProductDistribution<Law: MixedDistribution>: MixedDistribution {
  /// The faces of the product of the polytopes.
  public typealias Face = Law.Face.Product

  /// The laws of the parts of an outcome.
  public let factors: [Law]
  /// The number of coordinates of all factors.
  public let coordinateCount: Int

  /// The product of some laws.
  ///
  /// - Parameter factors: at least one.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` if there are none.
  public init(_ factors: [Law]) throws(MixedError) {
    guard !factors.isEmpty else {
      throw .outOfRange(argument: "factors", expected: "at least one", found: "none")
    }
    self.init(unchecked: factors)
  }

  /// The law of some independent outcomes of one law.
  ///
  /// - Parameters:
  ///   - law: the law of each.
  ///   - count: how many, at least 1.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)`` if there are none.
  public init(repeating law: Law, count: Int) throws(MixedError) {
    try self.init(Array(repeating: law, count: max(count, 0)))
  }

  private init(unchecked factors: [Law]) {
    self.factors = factors
    coordinateCount = factors.reduce(0) { $0 + $1.coordinateCount }
  }

  /// Draws the parts of an outcome in turn.
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    var start = 0
    while start < outcomes.count {
      for factor in factors {
        let end = start + factor.coordinateCount
        factor.fillSamples(UnsafeMutableBufferPointer(rebasing: outcomes[start..<end]), using: &stream)
        start = end
      }
    }
  }

  /// Checks the parts of an outcome, and how many coordinates there are.
  public func validate(_ outcome: UnsafeBufferPointer<Double>) throws(MixedError) {
    guard outcome.count == coordinateCount else {
      throw .wrongShape(
        argument: "outcome", expected: "of \(coordinateCount) coordinates", found: "of \(outcome.count)")
    }
    var index = 0
    try forEachPart(of: outcome) { (factor, part) throws(MixedError) in
      do throws(MixedError) {
        try factor.validate(part)
      } catch {
        throw error.inPart("factor \(index)")
      }
      index += 1
    }
  }

  /// The product of the faces of the parts.
  public func face(of outcome: UnsafeBufferPointer<Double>) throws(MixedError) -> Face {
    var faces: [Law.Face] = []
    try forEachPart(of: outcome) { (factor, part) throws(MixedError) in
      faces.append(try factor.face(of: part))
    }
    return Law.Face.product(of: faces)
  }

  /// The sum of the log-densities of the parts.
  public func logDensity(unchecked outcome: UnsafeBufferPointer<Double>) -> Double {
    var sum = 0.0
    forEachPart(of: outcome) { factor, part in sum += factor.logDensity(unchecked: part) }
    return sum
  }

  /// The sum of the logarithms of the probabilities of the factors.
  ///
  /// - Parameter face: a face of the product.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if it is a face of another product, or what the
  ///   factors throw.
  public func logProbability(of face: Face) throws(MixedError) -> Double {
    let faces = try Law.Face.factors(of: face, coordinateCounts: factors.map(\.coordinateCount))
    var sum = 0.0
    for (factor, face) in zip(factors, faces) { sum += try factor.logProbability(of: face) }
    return sum
  }

  /// The convolution of the laws of the dimensions of the factors.
  public func dimensionLaw() throws(MixedError) -> [Double] {
    var law = [1.0]
    for factor in factors { law = convolution(law, try factor.dimensionLaw()) }
    return law
  }

  /// The sum of the entropies of the factors.
  public func entropy() throws(MixedError) -> MixedEntropy {
    var sum = MixedEntropy(face: 0, conditional: 0, meanDimension: 0)
    for factor in factors { sum += try factor.entropy() }
    return sum
  }

  /// Calls `body` with each factor and its part of an outcome.
  private func forEachPart<Failure: Error>(
    of outcome: UnsafeBufferPointer<Double>,
    _ body: (Law, UnsafeBufferPointer<Double>) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    for factor in factors {
      let end = start + factor.coordinateCount
      try body(factor, UnsafeBufferPointer(rebasing: outcome[start..<end]))
      start = end
    }
  }
}

extension ProductDistribution: DivergentMixedDistribution where Law: DivergentMixedDistribution {
  /// The sum of the divergences of the factors.
  ///
  /// - Parameter other: a product of as many factors.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if the numbers of factors differ, or what the
  ///   factors throw.
  public func divergence(from other: ProductDistribution) throws(MixedError) -> MixedDivergence {
    guard factors.count == other.factors.count else {
      throw .wrongShape(
        argument: "other", expected: "a product of \(factors.count) laws",
        found: "one of \(other.factors.count)")
    }
    var sum = MixedDivergence(face: 0, conditional: 0)
    for (factor, peer) in zip(factors, other.factors) { sum += try factor.divergence(from: peer) }
    return sum
  }
}

extension ProductDistribution: DifferentiableMixedDistribution where Law: DifferentiableMixedDistribution {
  /// The parameters of the factors, one factor after the other.
  public var parameters: [Double] { factors.flatMap(\.parameters) }

  /// The product of the factors with other parameters.
  ///
  /// - Parameter parameters: as many as ``parameters`` has.
  /// - Throws: ``MixedError`` if they are outside their range.
  public func withParameters(_ parameters: [Double]) throws(MixedError) -> ProductDistribution {
    let counts = factors.map { $0.parameters.count }
    let total = counts.reduce(0, +)
    guard parameters.count == total else {
      throw .wrongShape(argument: "parameters", expected: "\(total) numbers", found: "\(parameters.count)")
    }
    var changed: [Law] = []
    var start = 0
    for (factor, count) in zip(factors, counts) {
      changed.append(try factor.withParameters(Array(parameters[start..<start + count])))
      start += count
    }
    return ProductDistribution(unchecked: changed)
  }

  /// Adds a multiple of the scores of the parts.
  public func addScore(
    unchecked outcome: UnsafeBufferPointer<Double>, weight: Double,
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    var start = 0
    forEachPart(of: outcome) { factor, part in
      let end = start + factor.parameters.count
      factor.addScore(
        unchecked: part, weight: weight, into: UnsafeMutableBufferPointer(rebasing: gradient[start..<end]))
      start = end
    }
  }
}

extension ProductDistribution: PathwiseMixedDistribution where Law: PathwiseMixedDistribution {
  /// The noise of each factor.
  public typealias Noise = [Law.Noise]

  /// Draws the noise of the factors in turn.
  public func noise(using stream: inout RandomStream) -> [Law.Noise] {
    factors.map { $0.noise(using: &stream) }
  }

  /// The outcomes of the factors.
  public func apply(_ noise: [Law.Noise], to outcome: UnsafeMutableBufferPointer<Double>) {
    var start = 0
    for (factor, noise) in zip(factors, noise) {
      let end = start + factor.coordinateCount
      factor.apply(noise, to: UnsafeMutableBufferPointer(rebasing: outcome[start..<end]))
      start = end
    }
  }

  /// Adds the pullbacks of the factors.
  public func addPullback(
    of cotangent: UnsafeBufferPointer<Double>, at outcome: UnsafeBufferPointer<Double>, noise: [Law.Noise],
    into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    var (start, first) = (0, 0)
    for (factor, noise) in zip(factors, noise) {
      let (end, last) = (start + factor.coordinateCount, first + factor.parameters.count)
      factor.addPullback(
        of: UnsafeBufferPointer(rebasing: cotangent[start..<end]),
        at: UnsafeBufferPointer(rebasing: outcome[start..<end]), noise: noise,
        into: UnsafeMutableBufferPointer(rebasing: gradient[first..<last]))
      (start, first) = (end, last)
    }
  }

  /// Adds a multiple of the discrete scores of the factors.
  public func addDiscreteScore(
    of noise: [Law.Noise], weight: Double, into gradient: UnsafeMutableBufferPointer<Double>
  ) {
    var first = 0
    for (factor, noise) in zip(factors, noise) {
      let last = first + factor.parameters.count
      factor.addDiscreteScore(
        of: noise, weight: weight, into: UnsafeMutableBufferPointer(rebasing: gradient[first..<last]))
      first = last
    }
  }
}
