public import Keel

/// An average estimated from random elements, with its accuracy.
public struct SampledAverage<Scalar: FrameScalar>: Hashable, Sendable {
  /// The mean of the draws: an unbiased estimate of the average.
  public let mean: [Scalar]
  /// The variance of a single draw, an unbiased estimate: `Σ (value - mean)² / (draws - 1)`; NaN of one draw.
  public let variance: [Scalar]
  /// The number of draws.
  public let draws: Int

  /// The standard error of the mean, `√(variance / draws)`; NaN of one draw.
  public var standardError: [Scalar] { variance.map { ($0 / Scalar(draws)).squareRoot() } }
}

extension FrameDistribution {
  /// An estimate of the invariant average `E φ(g⁻¹X)` from random elements g.
  ///
  /// Draw k uses the stream number k below the one given: the first draws do not depend on how many follow.
  ///
  /// - Parameters:
  ///   - points: X, n × d; that to which the distribution belongs.
  ///   - draws: the number of elements, positive; one is what stochastic frame averaging takes.
  ///   - stream: names the random numbers.
  ///   - function: φ, any function of a cloud; it must return equally many numbers for each.
  /// - Complexity: `draws` evaluations of φ.
  /// - Throws: what φ throws.
  ///
  /// Source: stochastic frames: Duval et al. (2023), *FAENet: frame averaging equivariant GNN for materials modeling*.
  public func average<Failure: Error>(
    of points: Matrix<Scalar>, sampling draws: Int, from stream: RandomStream,
    _ function: (Matrix<Scalar>) throws(Failure) -> [Scalar]
  ) throws(Failure) -> SampledAverage<Scalar> {
    try estimate(draws, from: stream) { element throws(Failure) in
      try function(element.inverseTransformed(points))
    }
  }

  /// An estimate of the equivariant average `E g·Φ(g⁻¹X)` of a function of fields from random elements g.
  ///
  /// - Parameters:
  ///   - inputs: X: the cloud as a field of points, and whatever else Φ needs.
  ///   - draws: the number of elements, positive.
  ///   - stream: names the random numbers.
  ///   - function: Φ; it must return fields of the same kinds and shapes for each.
  /// - Returns: the estimate for the numbers of all fields, one field after the other, by rows.
  /// - Complexity: `draws` evaluations of Φ.
  /// - Throws: what Φ throws.
  public func average<Failure: Error>(
    of inputs: [Field<Scalar>], sampling draws: Int, from stream: RandomStream,
    _ function: ([Field<Scalar>]) throws(Failure) -> [Field<Scalar>]
  ) throws(Failure) -> SampledAverage<Scalar> {
    try estimate(draws, from: stream) { element throws(Failure) in
      try function(inputs.map { element.inverseTransformed($0) }).flatMap {
        element.transformed($0).values.elements
      }
    }
  }

  /// The mean and the variance of the values at random elements, updated draw by draw (Welford): no two nearly equal
  /// sums are subtracted.
  private func estimate<Failure: Error>(
    _ draws: Int, from stream: RandomStream, _ value: (Element) throws(Failure) -> [Scalar]
  ) throws(Failure) -> SampledAverage<Scalar> {
    precondition(draws > 0, "An estimate takes at least one draw")
    var mean: [Scalar] = []
    var squares: [Scalar] = []
    for k in 0..<draws {
      var own = stream.stream(k)
      let values = try value(randomElement(using: &own))
      if k == 0 {
        mean = Array(repeating: 0, count: values.count)
        squares = mean
      }
      precondition(values.count == mean.count, "A function returns equally many numbers for each cloud")
      for i in mean.indices {
        let difference = values[i] - mean[i]
        mean[i] += difference / Scalar(k + 1)
        squares[i] += difference * (values[i] - mean[i])
      }
    }
    return SampledAverage(
      mean: mean, variance: squares.map { draws > 1 ? $0 / Scalar(draws - 1) : .nan }, draws: draws)
  }
}
