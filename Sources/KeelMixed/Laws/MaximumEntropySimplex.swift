public import Keel
import RealModule

/// The mixed law on the simplex with the largest N-bit entropy.
///
/// It is uniform on every face, and P(F = f) is proportional to the volume of f in cells of side 2^-N:
///
///     P(F = f) = b^(n-1) / ((n-1)! Z),   P(|F| = n) = C(K, n) b^(n-1) / ((n-1)! Z),   b = 2^N,
///     Z(K, N) = Σ_n C(K, n) b^(n-1) / (n-1)!,
///
/// with n = |f| vertices; Z is the generalised Laguerre polynomial L^(1)_(K-1) at -b. The N-bit entropy is log2 Z,
/// and each outcome has the same N-bit density: -log2 p⊕(y) + N dim f = log2 Z.
///
/// ```swift
/// let law = try MaximumEntropySimplex(coordinateCount: 3, resolution: 2)
/// print(law.entropy().bits(resolution: 2))  // 4.52356195605701
/// ```
///
/// Source: Farinhas, Aziz, Niculae and Martins (2022), *Sparse Communication via Mixed Distributions*, section on
/// maximum entropy.
public struct MaximumEntropySimplex: MaximumEntropyDistribution, Hashable {
  /// The number K of vertices of the simplex.
  public let coordinateCount: Int
  /// N, the number of bits of a free coordinate.
  public let resolution: Double
  /// ln Z(K, N), to a few roundings for every K.
  public let logPartition: Double
  let law: ExchangeableSimplexLaw

  /// The maximum-entropy law.
  ///
  /// - Parameters:
  ///   - coordinateCount: K, in 1...2^30.
  ///   - resolution: N, in 0...2^20, whole or not.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  /// - Complexity: at most O(K) time; storage for the sizes that have mass, about K^(1/4) of them for N = 0.
  public init(coordinateCount: Int, resolution: Double = 0) throws(MixedError) {
    try validateMaximumEntropy(coordinateCount: coordinateCount, resolution: resolution)
    self.coordinateCount = coordinateCount
    self.resolution = resolution
    let dimensions = TiltedDimensionLaw(simplex: coordinateCount, resolution: resolution)
    logPartition = dimensions.logTotal
    law = ExchangeableSimplexLaw(vertexCount: coordinateCount, dimensions: dimensions)
  }

  /// Draws a size, a uniform set of as many vertices, and a uniform point between them.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    law.fillSamples(outcomes, using: &stream)
  }

  /// ln P(F = f), which depends on the number of vertices of f alone.
  ///
  /// - Parameter face: a face of the simplex.
  public func logProbability(of face: SimplexFace) -> Double {
    logProbability(ofFaceWithVertexCount: face.vertexCount)
  }

  /// The logarithm of the probability of one face of n vertices, -ln (n-1)! + (n-1) N ln 2 - ln Z.
  ///
  /// - Parameter vertexCount: n, in `1...coordinateCount`.
  public func logProbability(ofFaceWithVertexCount vertexCount: Int) -> Double {
    precondition(
      (1...coordinateCount).contains(vertexCount), "A face of the simplex has between 1 and K vertices.")
    return logDensity(ofDimension: vertexCount - 1) + SimplexFace.logVolume(ofDimension: vertexCount - 1)
  }

  /// P(|F| = n) for n = 1...K, in the order of the sizes.
  public func dimensionLaw() -> [Double] { law.dimensions.dense(count: coordinateCount) }

  /// H(F), h(Y | F) = -E ln (n-1)!, and E dim F.
  public func entropy() -> MixedEntropy { law.entropy }

  /// E y_k², the same for every coordinate: Σ P(|F| = n) 2 / (K (n + 1)). The mean is 1/K.
  public var secondMoment: Double { law.secondMoment }

  /// P(y_k = 0), the same for every coordinate: Σ P(|F| = n) (1 - n/K).
  public var zeroProbability: Double { law.zeroProbability }
}
