public import Keel

extension MixedDistribution {
  /// Draws one outcome.
  ///
  /// - Parameters:
  ///   - type: Float or Double.
  ///   - stream: where the numbers come from.
  /// - Returns: ``coordinateCount`` coordinates.
  public func sample<Scalar: MixedScalar>(
    as type: Scalar.Type = Double.self, using stream: inout RandomStream
  ) -> [Scalar] {
    [Scalar](unsafeUninitializedCapacity: coordinateCount) { buffer, count in
      buffer.initialize(repeating: 0)
      fillSamples(UnsafeMutableBufferPointer(rebasing: buffer[..<coordinateCount]), using: &stream)
      count = coordinateCount
    }
  }

  /// Draws many outcomes.
  ///
  /// ```swift
  /// let y = law.samples(1_000_000, using: RandomStream(seed: 7), as: Float.self)
  /// ```
  ///
  /// Outcomes are drawn in chunks of fixed size, chunk i from `stream.stream(i)`: the same stream gives the same
  /// outcomes for every number of threads, and again when it is used again.
  ///
  /// - Parameters:
  ///   - count: how many; not negative.
  ///   - stream: whose derived streams the numbers come from. Nothing is drawn from itself.
  ///   - type: Float or Double.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil.
  /// - Returns: a row for each outcome.
  public func samples<Scalar: MixedScalar>(
    _ count: Int, using stream: RandomStream, as type: Scalar.Type = Double.self, threads: Int? = nil
  ) -> Matrix<Scalar> {
    precondition(count >= 0, "A number of outcomes must not be negative.")
    let columns = coordinateCount
    guard count > 0, columns > 0 else { return Matrix(rows: count, columns: columns, elements: []) }
    return Matrix(rows: count, columns: columns) { target in
      // Each chunk is written by the one thread that has it.
      nonisolated(unsafe) let target = target
      let chunk = sampleChunk
      Parallel.forEach(count, chunk: chunk, threads: threads) { rows in
        var part = stream.stream(rows.lowerBound / chunk)
        fillSamples(
          UnsafeMutableBufferPointer(start: target + rows.lowerBound * columns, count: rows.count * columns),
          using: &part)
      }
    }
  }

  /// The number of outcomes that are drawn from one stream: at most 2^15 coordinates, which a cache holds.
  var sampleChunk: Int { max(1, min(2048, (1 << 15) / max(coordinateCount, 1))) }
}
