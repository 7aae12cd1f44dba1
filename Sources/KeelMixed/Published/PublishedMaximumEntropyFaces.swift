public import Keel
import RealModule

/// The law that published code takes for the maximum-entropy law on the simplex: P(|F| = n) ∝ 2^(N(n-1)) / (n-1)!.
///
/// The number C(K, n) of faces of n vertices is missing from it, so small faces get too much mass, and the entropy is
/// not the largest: for K = 10 and N = 0 it is 6.578 bits instead of 7.344. For reproducing results that were
/// obtained with it; ``MaximumEntropySimplex`` is the law of the theory. Both agree for K = 1 alone.
public struct PublishedMaximumEntropyFaces: FlatMixedDistribution, Hashable {
  /// The number K of vertices of the simplex.
  public let coordinateCount: Int
  /// N, the number of bits of a free coordinate.
  public let resolution: Double
  private let law: ExchangeableSimplexLaw

  /// The law as published.
  ///
  /// - Parameters:
  ///   - coordinateCount: K, in 1...2^30.
  ///   - resolution: N, in 0...2^20, whole or not.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(coordinateCount: Int, resolution: Double = 0) throws(MixedError) {
    try validateMaximumEntropy(coordinateCount: coordinateCount, resolution: resolution)
    self.coordinateCount = coordinateCount
    self.resolution = resolution
    law = ExchangeableSimplexLaw(
      vertexCount: coordinateCount,
      dimensions: TiltedDimensionLaw(publishedSimplex: coordinateCount, resolution: resolution))
  }

  /// Draws a size, a uniform set of as many vertices, and a uniform point between them.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    law.fillSamples(outcomes, using: &stream)
  }

  /// ln of 2^(Nd) / C(K, d + 1) over the sum that normalises the law of the size.
  ///
  /// - Parameter dimension: d, in `0..<coordinateCount`.
  public func logDensity(ofDimension dimension: Int) -> Double {
    Double(dimension) * resolution * Double.log(2) - law.dimensions.logTotal
      - SimplexFace.logCount(ofDimension: dimension, of: coordinateCount)
  }

  /// ln P(F = f): all faces of a size have the same.
  ///
  /// - Parameter face: a face of the simplex.
  public func logProbability(of face: SimplexFace) -> Double {
    logDensity(ofDimension: face.dimension) + face.logVolume
  }

  /// P(|F| = n) for n = 1...K, in the order of the sizes.
  public func dimensionLaw() -> [Double] { law.dimensions.dense(count: coordinateCount) }

  /// The entropy of this law.
  public func entropy() -> MixedEntropy { law.entropy }
}
