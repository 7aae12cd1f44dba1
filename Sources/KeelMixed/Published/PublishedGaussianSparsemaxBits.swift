public import Keel
import RealModule

/// Units of the published bit-vector model: the sampler and the entropy of Gaussian-Sparsemax with two vertices, as
/// the code of the paper has them. For reproducing its numbers, not for use.
///
/// The unit is meant to be clip(l + σ ε, 0, 1). Two things are wrong:
/// - The sampler projects the scores l + σ ε_1 and 1 - l + σ ε_2. The difference of the noise has half the variance
///   when it reaches the outcome: samples are clip(N(l, σ²/2), 0, 1), while entropy and density speak of σ². For
///   l = 0.3 and σ = 1, samples are 0 with probability 0.3357; the entropy assumes 0.3821.
/// - The entropy has σ/2 in front of its second moment, where 1/2 belongs. That is right for σ = 1 alone, the one
///   value that the paper uses: for l = 0.5 and σ = 0.25 it gives -0.1816 instead of 0.0953.
///
/// Source: the code published with Farinhas, Aziz, Niculae and Martins (2022).
public struct PublishedGaussianSparsemaxBits: Sendable, Equatable {
  /// The location l.
  public let location: Double
  /// The standard deviation σ.
  public let deviation: Double

  /// A published unit.
  ///
  /// - Parameters:
  ///   - location: l, finite.
  ///   - deviation: σ, positive and finite.
  /// - Throws: ``MixedError/outOfRange(argument:expected:found:)``.
  public init(location: Double, deviation: Double) throws(MixedError) {
    guard location.isFinite else {
      throw .outOfRange(argument: "location", expected: "finite", found: "\(location)")
    }
    guard deviation > 0, deviation.isFinite else {
      throw .outOfRange(argument: "deviation", expected: "positive and finite", found: "\(deviation)")
    }
    self.location = location
    self.deviation = deviation
  }

  /// Draws values as published: clip(N(l, σ²/2), 0, 1).
  ///
  /// - Parameters:
  ///   - count: how many, not negative.
  ///   - stream: where the numbers come from, two normals a value.
  public func samples(count: Int, using stream: inout RandomStream) -> [Double] {
    precondition(count >= 0, "A number of samples must not be negative.")
    var outcomes = [Double](repeating: 0, count: 2 * count)
    outcomes.withUnsafeMutableBufferPointer {
      fillGaussianSparsemax(
        $0, means: [location, 1 - location], deviations: [deviation, deviation], using: &stream)
    }
    return (0..<count).map { outcomes[2 * $0] }
  }

  /// The published entropy, in nats; 10^-12 is added to both probabilities, as published.
  public var entropy: Double {
    let (a, b) = (-location / deviation, (1 - location) / deviation)
    let lower = StandardNormal.cumulative(a) + 1e-12
    let upper = StandardNormal.cumulative(-b) + 1e-12
    let discrete = -lower * Double.log(lower) - upper * Double.log(upper)
    let second =
      StandardNormal.probability(from: a, to: b)
      - (b * StandardNormal.density(b) - a * StandardNormal.density(a))
    return discrete + (1 - lower - upper) * (StandardNormal.logNormalizer + Double.log(deviation))
      + deviation / 2 * second
  }
}
