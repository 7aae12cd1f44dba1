public import Keel
import RealModule

/// The mixed law on the cube [0, 1]^D with the largest N-bit entropy: independent coordinates, each 0 or 1 with
/// probability 1 / (2 + 2^N), and uniform between otherwise.
///
/// Z = (2 + 2^N)^D. For D = 1 it is ``MaximumEntropySimplex`` of two vertices, with one number as its outcome.
public struct MaximumEntropyCube: MaximumEntropyDistribution, Hashable {
  /// The number D of coordinates.
  public let coordinateCount: Int
  /// N, the number of bits of a free coordinate.
  public let resolution: Double
  /// ln (2 + 2^N), of one coordinate.
  private let logCells: Double

  /// The maximum-entropy law.
  ///
  /// - Parameters:
  ///   - coordinateCount: D, in 1...2^30.
  ///   - resolution: N, in 0...2^20, whole or not.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(coordinateCount: Int, resolution: Double = 0) throws(MixedError) {
    try validateMaximumEntropy(coordinateCount: coordinateCount, resolution: resolution)
    self.coordinateCount = coordinateCount
    self.resolution = resolution
    logCells = LogSpace.logAddExp(Double.log(2), resolution * Double.log(2))
  }

  /// D ln (2 + 2^N).
  public var logPartition: Double { Double(coordinateCount) * logCells }

  /// The probability that a coordinate is 0, which is also that it is 1.
  public var zeroProbability: Double { Double.exp(-logCells) }

  /// The probability that a coordinate lies between 0 and 1.
  public var freeProbability: Double { Double.exp(resolution * Double.log(2) - logCells) }

  /// Draws each coordinate by itself.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func fillSamples<Scalar: MixedScalar>(
    _ outcomes: UnsafeMutableBufferPointer<Scalar>, using stream: inout RandomStream
  ) {
    let (free, half) = (freeProbability, freeProbability + zeroProbability)
    for index in outcomes.indices {
      let choice: Double = stream.uniform()
      outcomes[index] = choice < free ? stream.openUniform() : choice < half ? 0 : 1
    }
  }

  /// ln P(F = f), the same as the density: every face has the volume 1.
  ///
  /// - Parameter face: a face of the cube.
  public func logProbability(of face: CubeFace) -> Double { logDensity(ofDimension: face.dimension) }

  /// The binomial law of the number of free coordinates.
  public func dimensionLaw() -> [Double] {
    TiltedDimensionLaw(cube: coordinateCount, resolution: resolution).dense(count: coordinateCount + 1)
  }

  /// D times the entropy of a coordinate; within a face the law is uniform, h(Y | F) = 0.
  public func entropy() -> MixedEntropy {
    let (zero, free) = (zeroProbability, freeProbability)
    let face = 2 * zero * logCells + free * (logCells - resolution * Double.log(2))
    return MixedEntropy(
      face: Double(coordinateCount) * face, conditional: 0, meanDimension: Double(coordinateCount) * free)
  }
}
