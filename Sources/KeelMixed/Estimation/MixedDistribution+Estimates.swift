public import Keel
import RealModule

extension MixedDistribution {
  /// An estimate of H⊕ = -E ln p⊕(Y), in nats, from samples.
  ///
  /// - Parameters:
  ///   - samples: how many; at least 1.
  ///   - stream: whose derived streams the samples come from, as those of ``samples(_:using:as:threads:)`` do.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  public func estimateEntropy(samples: Int, using stream: RandomStream, threads: Int? = nil) -> Estimate {
    estimate(samples: samples, using: stream, threads: threads) { outcomes, values in
      logDensities(unchecked: outcomes, into: values)
      for row in values.indices { values[row] = -values[row] }
    }
  }

  /// An estimate of H⊕ and its parts from samples, if the probability of a face can be computed.
  ///
  /// - Parameters:
  ///   - samples: how many; at least 1.
  ///   - stream: whose derived streams the samples come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: the standard error is that of the total.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` if ``logProbability(of:)`` does.
  /// - Complexity: a probability for each face that a chunk of samples meets, and a density for each sample.
  public func estimateEntropyParts(
    samples: Int, using stream: RandomStream, threads: Int? = nil
  ) throws(MixedError) -> MixedEntropy {
    let columns = coordinateCount
    let parts = try reduceSamples(samples, using: stream, threads: threads, into: EntropyMoments()) {
      (outcomes, count) throws(MixedError) in
      var moments = EntropyMoments()
      var probabilities: [Face: Double] = [:]
      for row in 0..<count {
        let outcome = UnsafeBufferPointer(rebasing: outcomes[row * columns..<(row + 1) * columns])
        let face = try face(of: outcome)
        var probability = probabilities[face] ?? .nan
        if probability.isNaN {
          probability = try logProbability(of: face)
          probabilities[face] = probability
        }
        moments.total.add(-logDensity(unchecked: outcome))
        moments.face.add(-probability)
        moments.dimension.add(Double(face.dimension))
      }
      return moments
    } combine: {
      $0.merge($1)
    }
    let total = parts.total.estimate
    return MixedEntropy(
      face: parts.face.mean, conditional: total.value - parts.face.mean, meanDimension: parts.dimension.mean,
      standardError: total.standardError)
  }

  /// An estimate of the cross entropy -E ln q⊕(Y), in nats, where Y has this law and q⊕ is the density of another.
  ///
  /// - Parameters:
  ///   - other: a law on the same polytope.
  ///   - samples: how many; at least 1.
  ///   - stream: whose derived streams the samples come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: infinite if a sample has the density 0 under the other law.
  public func estimateCrossEntropy(
    with other: some MixedDistribution<Face>, samples: Int, using stream: RandomStream, threads: Int? = nil
  ) -> Estimate {
    checkPolytope(of: other)
    return estimate(samples: samples, using: stream, threads: threads) { outcomes, values in
      other.logDensities(unchecked: outcomes, into: values)
      for row in values.indices { values[row] = -values[row] }
    }
  }

  /// An estimate of KL⊕(self ‖ other) = E ln (p⊕(Y) / q⊕(Y)), in nats, where Y has this law.
  ///
  /// - Parameters:
  ///   - other: a law on the same polytope.
  ///   - samples: how many; at least 1.
  ///   - stream: whose derived streams the samples come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  /// - Returns: infinite if a sample has the density 0 under the other law; below 0 by chance if the laws are close.
  public func estimateDivergence(
    from other: some MixedDistribution<Face>, samples: Int, using stream: RandomStream, threads: Int? = nil
  ) -> Estimate {
    checkPolytope(of: other)
    return estimate(samples: samples, using: stream, threads: threads) { outcomes, values in
      logDensities(unchecked: outcomes, into: values)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { others in
        other.logDensities(unchecked: outcomes, into: others)
        for row in values.indices { values[row] -= others[row] }
      }
    }
  }

  /// An estimate of E g(Y).
  ///
  /// - Parameters:
  ///   - samples: how many; at least 1.
  ///   - stream: whose derived streams the samples come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  ///   - function: g, of the coordinates of an outcome.
  public func estimateMean(
    samples: Int, using stream: RandomStream, threads: Int? = nil,
    of function: @Sendable ([Double]) -> Double
  ) -> Estimate {
    let columns = coordinateCount
    return estimate(samples: samples, using: stream, threads: threads) { outcomes, values in
      for row in values.indices {
        values[row] = function(Array(outcomes[row * columns..<(row + 1) * columns]))
      }
    }
  }

  /// The mean of a number for each sample; `evaluate` writes those of some samples.
  func estimate(
    samples: Int, using stream: RandomStream, threads: Int?,
    _ evaluate: @Sendable (UnsafeBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) -> Void
  ) -> Estimate {
    reduceSamples(samples, using: stream, threads: threads, into: RunningMoments()) { outcomes, count in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { values in
        values.initialize(repeating: 0)
        evaluate(outcomes, values)
        var moments = RunningMoments()
        for value in values { moments.add(value) }
        return moments
      }
    } combine: {
      $0.merge($1)
    }.estimate
  }

  /// Draws samples in the chunks and from the streams of ``samples(_:using:as:threads:)``, and reduces what `partial`
  /// makes of each chunk of outcomes.
  func reduceSamples<Value: Sendable, Failure: Error>(
    _ samples: Int, using stream: RandomStream, threads: Int?, into initial: Value,
    partial: @Sendable (UnsafeBufferPointer<Double>, Int) throws(Failure) -> Value,
    combine: (inout Value, Value) -> Void
  ) throws(Failure) -> Value {
    precondition(samples >= 1, "An estimate needs at least one sample.")
    let (columns, chunk) = (coordinateCount, sampleChunk)
    return try Parallel.reduce(samples, chunk: chunk, into: initial, threads: threads) {
      (rows) throws(Failure) in
      var part = stream.stream(rows.lowerBound / chunk)
      let outcomes = UnsafeMutableBufferPointer<Double>.allocate(capacity: rows.count * columns)
      defer { outcomes.deallocate() }
      outcomes.initialize(repeating: 0)
      fillSamples(outcomes, using: &part)
      return try partial(UnsafeBufferPointer(outcomes), rows.count)
    } combine: {
      combine(&$0, $1)
    }
  }

  func checkPolytope(of other: some MixedDistribution<Face>) {
    precondition(
      coordinateCount == other.coordinateCount, "The laws must have the same number of coordinates.")
  }
}

private struct EntropyMoments: Sendable {
  var total = RunningMoments()
  var face = RunningMoments()
  var dimension = RunningMoments()

  mutating func merge(_ other: EntropyMoments) {
    total.merge(other.total)
    face.merge(other.face)
    dimension.merge(other.dimension)
  }
}
